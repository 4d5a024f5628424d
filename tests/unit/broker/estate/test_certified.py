"""A wipe is open until a certificate binds to its very record."""

from typing import Any

import pytest

from broker.documents.backups import Wiped
from broker.estate.certified import evidence_of, uncertified
from broker.registry.filed import Registry
from tests.fixtures.clock_desk import Desk, founded, moment

AT = "2026-06-11T12:00"
WIPED = Wiped(stack="booking.extranet.provider-a", at=moment(AT), removed=("server-1 s-1",))
WORD: dict[str, Any] = {"provider": "provider-a", "system": "booking", "zone": "extranet", "form": "leave"}
WORD |= {"evidence": evidence_of(WIPED), "completed_on": "2026-06-11", "method": "覆写一遍"}


def open_after(found: Desk) -> list[str]:
    return [one.stack for one in uncertified(Registry("0" * 40, tuple(found.filed), (*found.records, WIPED)))]


def test_a_wipe_is_open_until_it_is_certified() -> None:
    found = founded(AT)
    assert open_after(found) == [WIPED.stack]
    found.file(AT, "WipeCertificate", "certificate", WORD)
    assert open_after(found) == []


@pytest.mark.parametrize(
    "other", [{"evidence": "sha256:" + "0" * 64}, {"zone": "internet"}, {"provider": "provider-b"}, {"system": "erp"}]
)
def test_the_word_on_another_wipe_certifies_nothing(other: dict[str, str]) -> None:
    found = founded(AT)
    found.file(AT, "WipeCertificate", "certificate", WORD | other)
    assert open_after(found) == [WIPED.stack]
