"""How the daemon asks about stacks in turn, and what it says of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broker.daemon.duties import Means, NotAllDone, Rotation, duties
from broker.drift.finding import Finding, Sequel, Standing, What
from broker.drift.run import Looked
from broker.registry.filed import Registry

AT = datetime(2026, 6, 1, tzinfo=UTC)
POWER = Finding(What.CHANGED, "server-web-1", "s-1", "power", "running", "stopped")
SILENT = Finding(What.UNKNOWN, "", found="the cloud answered nothing")


async def nothing(*_anything: Any) -> Any:
    raise AssertionError


def looked(stack: str, *found: Finding) -> Looked:
    return Looked(stack, Sequel(Standing(stack, AT, AT, found), found, ()), 9)


async def told(asked: Mapping[str, datetime | None], every: timedelta, *answers: Looked) -> tuple[str, tuple[str, ...]]:
    """What the duty said, and which stacks it asked about."""
    chosen: list[str] = []

    async def known() -> Mapping[str, datetime | None]:
        return asked

    async def look(stacks: tuple[str, ...]) -> tuple[Looked, ...]:
        chosen.extend(stacks)
        return answers

    rotation = Rotation(known, look, every)
    means = Means(lambda: AT, lambda _at: Registry(""), *(nothing,) * 5, rotation, backup_hour=2)
    (duty,) = (duty for duty in duties(means) if duty.name == "drift")
    return await duty.do(), tuple(chosen)


async def test_the_stack_whose_turn_it_is_is_asked_about_and_how_it_stands_is_said() -> None:
    asked = {"a": AT - timedelta(hours=7), "b": AT - timedelta(hours=1), "c": AT - timedelta(hours=8)}
    assert await told(asked, timedelta(hours=6), looked("c", POWER)) == ("c differs in 1", ("c",))
    assert await told(asked, timedelta(hours=6), looked("c")) == ("c as approved", ("c",))
    assert await told(asked, timedelta(hours=6), looked("c", SILENT)) == (
        "c not known in full: the cloud answered nothing",
        ("c",),
    )
    assert await told(asked, timedelta(hours=6), Looked("c", passed_over="x")) == ("c not asked: x", ("c",))


async def test_an_error_of_its_own_is_told_as_a_failure_of_the_duty_with_all_that_was_asked() -> None:
    fault = Looked("b", looked("b", SILENT).sequel, fault="KeyError: 'flavor'")
    with pytest.raises(NotAllDone, match=r"a as approved; b cannot be asked about: KeyError: 'flavor'"):
        await told({"a": None, "b": None}, timedelta(minutes=1), looked("a"), fault)


async def test_when_no_turn_has_come_or_none_is_wanted_no_cloud_is_asked() -> None:
    asked = {"a": AT - timedelta(hours=5)}
    assert await told(asked, timedelta(hours=6)) == ("", ())
    assert await told({"a": None}, timedelta()) == ("", ())
