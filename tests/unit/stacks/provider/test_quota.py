from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from stacks.provider.cloud_error import CloudError
from stacks.provider.quota import Figure, QuotaSet
from stacks.provider.resource_type import Refused
from stacks.provider.scope import Service

if TYPE_CHECKING:
    from stacks.provider.cloud import Cloud

FIGURES = dict.fromkeys(QuotaSet.required, 1) | {"project_id": "p", "block_gib_by_type": {}}
TWICE = "Quota limit 1 for subnet must be greater than or equal to already used 2"


@dataclass
class Clouds:
    """Answers as Neutron does while a subnet is being made: it counts it twice for a moment."""

    refusals: int
    asked: list[Service] = field(default_factory=list)

    async def call(self, service: Service, method: str, path: str, *_body: Any, **_options: Any) -> None:
        self.asked.append(service)
        if service is Service.NETWORK and self.asked.count(Service.NETWORK) <= self.refusals:
            raise CloudError(400, TWICE, f"{method} {path}")


def quota_set(session: object, *, fresh: bool = False) -> QuotaSet:
    """The quotas of a project; a `fresh` one was made by this run."""
    return QuotaSet(cast("Cloud", SimpleNamespace(session=session, index=SimpleNamespace(is_fresh=lambda _id: fresh))))


async def test_a_figure_that_neutron_counts_twice_for_a_moment_is_set_again() -> None:
    clouds = Clouds(refusals=2)
    made = await quota_set(clouds).create("key", FIGURES)
    assert made.id == "p"
    assert clouds.asked.count(Service.NETWORK) == 3


async def test_a_figure_below_what_is_really_used_is_refused_with_what_must_go() -> None:
    with pytest.raises(Refused, match="what is in use beyond the new figure must go first"):
        await quota_set(Clouds(refusals=99)).create("key", FIGURES)


class Counting:
    """A Neutron that still counts what goes, at its first `looks`; it `knows` the word to do without."""

    def __init__(self, *, knows: bool, looks: int) -> None:
        self.network: list[dict[str, Any]] = []
        self._knows, self._looks = knows, looks

    async def call(self, service: Service, method: str, path: str, body: Any, **_options: Any) -> None:
        if service is not Service.NETWORK:
            return
        self.network.append(body["quota"])
        if "force" in body["quota"]:
            if not self._knows:
                raise CloudError(400, "Unrecognized attribute(s) 'force'", f"{method} {path}")
            return
        self._looks -= 1
        if self._looks >= 0:
            raise CloudError(400, TWICE, f"{method} {path}")


async def test_a_leaving_projects_quota_is_set_to_nothing_while_neutron_still_counts_what_goes() -> None:
    cloud = Counting(knows=True, looks=99)
    await quota_set(cloud).delete("p", FIGURES)
    (figures,) = cloud.network
    assert (figures["network"], figures["port"], "check_limit" in figures) == (0, 3, False)


async def test_in_a_project_that_was_made_just_now_neutron_need_not_look_what_is_in_use() -> None:
    cloud = Counting(knows=True, looks=99)
    await quota_set(cloud, fresh=True).create("key", FIGURES)
    (figures,) = cloud.network
    assert (figures["network"], "check_limit" in figures) == (1, False)


async def test_a_neutron_that_always_looks_is_asked_until_it_counts_nothing_more() -> None:
    cloud = Counting(knows=False, looks=1)
    await quota_set(cloud).delete("p", FIGURES)
    assert [("force" in figures, "check_limit" in figures) for figures in cloud.network] == 2 * [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("figure", [Figure("a", "b"), Figure("a", "b", factor=1024), Figure("a", "b", spare=3)])
def test_a_claim_comes_back_from_the_clouds_figure(figure: Figure) -> None:
    assert [figure.claimed(figure.at_cloud(claim)) for claim in (0, 1, 17)] == [0, 1, 17]


def test_no_limit_at_the_cloud_is_told_as_minus_one() -> None:
    assert Figure("a", "b", factor=1024, spare=2).claimed(-1) == -1
