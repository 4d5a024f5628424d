"""Lists of a cloud whose operator lets a page be shorter than what is asked for."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import PORT, SERVER, VOLUME, Index, Kind
from stacks.provider.poller import Query
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Session
from tests.unit.stacks.provider.test_servicer import operation

MAX_LIMIT = 2
NAMES = {"/servers/detail": "servers", "/volumes/detail": "volumes", "/ports": "ports"}


@dataclass
class Openstack(Session):
    """Lists of `count` things. Nova, Cinder and Octavia cut at MAX_LIMIT and link to what follows; Neutron does not."""

    count: int
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(operation())

    async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        assert (method, body) == ("GET", None)
        # Neutron and Octavia are asked about every project with the broker's own token, as may be Nova
        assert options["project_id"] in {"p-1", None}
        self.asked.append(path)
        parts = urlsplit(path)
        query, name = parse_qs(parts.query), NAMES[parts.path]
        ids = [f"{name}-{n}" for n in range(self.count)]
        start = ids.index(query["marker"][0]) + 1 if "marker" in query else 0
        rows = len(ids) if service is Service.NETWORK else min(MAX_LIMIT, int(query.get("limit", ["1000"])[0]))
        page = [{"id": id_, "OS-EXT-SRV-ATTR:user_data": None} for id_ in ids[start : start + rows]]
        # as Nova and Cinder have it: a page as long as it may be is followed by another, which may be empty
        links = {f"{name}_links": [{"rel": "next", "href": "…"}]} if len(page) == rows else {}
        return Answer(200, "", {name: page, **links})


def ids(kind: Kind, count: int) -> list[str]:
    return [f"{kind.collection}-{n}" for n in range(count)]


async def test_what_exists_is_listed_to_its_end() -> None:
    for kind in (SERVER, VOLUME, PORT):
        for count in (0, 1, 2, 3, 4, 5):
            listed = await Index(Openstack(count)).first(kind, "p-1")
            assert [item["id"] for item in listed] == ids(kind, count)


@dataclass
class Proxy(Openstack):
    """A page of a proxy in the place of every answer."""

    async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        await super().call(service, method, path, body, **options)
        return Answer(200, "<html>come back later</html>")


async def test_an_answer_that_is_no_list_is_told_and_is_no_empty_list() -> None:
    with pytest.raises(CloudError, match=r"GET /ports.*no list of ports"):
        await Index(Proxy(0)).first(PORT, "p-1")


async def test_servers_are_listed_to_their_end_with_the_brokers_own_token_too() -> None:
    index = Index(Openstack(5))
    index.servers_by_broker = frozenset({"p-1"})
    assert sorted(await index.current(SERVER, "p-1")) == ids(SERVER, 5)


async def test_a_wait_sees_a_server_of_a_later_page_and_does_not_take_it_for_gone() -> None:
    cloud = Cloud(operation())
    cloud.session = session = Openstack(5)
    looked = await cloud.servers("p-1").wait((Query("/servers/detail?changes-since={since}"), sorted), soon=True)
    assert looked == ids(SERVER, 5)
    assert ["marker" in path for path in session.asked] == [False, True, True]
    assert all("changes-since=" in path for path in session.asked), "each page is one of the same list"
