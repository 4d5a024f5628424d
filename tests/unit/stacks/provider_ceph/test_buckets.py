from dataclasses import replace

import pytest

from stacks.provider.ceph.buckets import Aspect, Contents, Settings, bearing, differences
from stacks.provider.ceph.lifecycle import Expiry

WANTED = Settings(tags={"gc-key": "gc-1", "unit": "edu"}, versioning=True, expiry=Expiry(30), encryption="AES256")


def test_nothing_differs_from_itself() -> None:
    assert differences(WANTED, WANTED) == ()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (replace(WANTED, tags={"gc-key": "gc-1"}), (Aspect.TAGS,)),
        (replace(WANTED, tags={**WANTED.tags, "unit": "other"}), (Aspect.TAGS,)),
        (replace(WANTED, tags={**WANTED.tags, "theirs": "kept"}), ()),
        (replace(WANTED, versioning=False), (Aspect.VERSIONING,)),
        (replace(WANTED, expiry=Expiry(30, ("by hand",))), (Aspect.EXPIRY,)),
        (replace(WANTED, encryption=None), (Aspect.ENCRYPTION,)),
        (replace(WANTED, encryption="aws:kms"), (Aspect.ENCRYPTION,)),
        (replace(WANTED, public_blocked=False), (Aspect.PUBLIC_ACCESS,)),
        (replace(WANTED, public_blocked=None), ()),
        (replace(WANTED, policy_sha256="of the unit"), ()),
        (replace(WANTED, readers=("other$hall-extranet",)), (Aspect.POLICY,)),
        (replace(WANTED, readers=None, policy_sha256="by hand"), (Aspect.POLICY,)),
        (Settings(public_blocked=False, readers=None), tuple(Aspect)),
    ],
)
def test_each_part_that_differs_is_named(found: Settings, expected: tuple[Aspect, ...]) -> None:
    assert differences(found, WANTED) == expected


def test_the_public_is_shut_out_before_readers_are_let_in_and_both_before_what_may_fail() -> None:
    order = differences(Settings(public_blocked=False, readers=None), WANTED)
    assert order[:3] == (Aspect.TAGS, Aspect.PUBLIC_ACCESS, Aspect.POLICY)


@pytest.mark.parametrize(
    ("there", "asked", "differs"),
    [("AES256", None, False), (None, None, False), ("aws:kms", None, True), (None, "AES256", True)],
)
def test_a_store_may_encrypt_beyond_what_is_asked_by_its_own_keys_alone(
    there: str | None, asked: str | None, *, differs: bool
) -> None:
    found, wanted = replace(WANTED, encryption=there), replace(WANTED, encryption=asked)
    assert bool(differences(found, bearing(found, wanted))) is differs


@pytest.mark.parametrize(("contents", "is_empty"), [((0, 0), True), ((1, 0), False), ((0, 1), False)])
def test_versions_and_unfinished_uploads_both_fill_a_bucket(contents: tuple[int, int], *, is_empty: bool) -> None:
    assert Contents(*contents).is_empty is is_empty
