from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, get_args, get_type_hints

import pytest
import typer

from broker.cli.moment import FORMS, day, moment
from monitoring.cli import app

NINE = datetime(2026, 6, 1, 9)  # noqa: DTZ001 - as the options give it: Shanghai's


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T09:00",
        "2026-06-01 09:00",
        "2026-06-01T09:00:00",
        "2026-06-01T09:00+08:00",
        "2026-06-01T01:00Z",
        "2026-05-31T20:00:00-05:00",
    ],
)
def test_an_instant_is_read_as_that_of_shanghai(text: str) -> None:
    assert moment(text) == NINE


def test_a_date_is_its_first_moment() -> None:
    assert moment("2026-06-01") == datetime(2026, 6, 1)  # noqa: DTZ001 - as above


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-06", "20260601", "2026-6-1", "2026-02-30", "2026-06-01T25:00", "9999-12-31T23:00Z", "٢٠٢٦-06-01"],
)
def test_what_is_no_instant_is_told_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        moment(text)
    assert str(refused.value) == f"{text} is no instant in Shanghai: give {FORMS}"


def test_a_day_has_no_hours() -> None:
    assert day("2026-06-01") == date(2026, 6, 1)
    for text in ("2026-06-01T09:00", "2026-02-30"):
        with pytest.raises(typer.BadParameter, match="is no day"):
            day(text)


def test_every_option_that_takes_an_instant_reads_it_alike() -> None:
    """No option has formats of its own: what one command takes, every command takes."""
    options = [option for command in _commands(app) for option in _instants(command)]
    assert len(options) > 20
    assert {option.parser for option in options} == {moment}


def _commands(group: typer.Typer) -> Iterator[Any]:
    yield from (command.callback for command in group.registered_commands)
    for part in group.registered_groups:
        assert part.typer_instance is not None
        yield from _commands(part.typer_instance)


def _instants(command: Any) -> Iterator[Any]:
    """What a command says of each of its options that is an instant."""
    for hint in get_type_hints(command, include_extras=True).values():
        if get_args(hint)[:1] == (datetime | None,):
            yield from (one for one in get_args(hint) if hasattr(one, "parser"))
