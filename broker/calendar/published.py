"""The notices that come with the package, and what is expected of years that are not announced yet."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from broker.documents.calendar import CalendarNoticeSpec


@dataclass(frozen=True, slots=True)
class Expected:
    """Statutory days of a year whose notice is not out: weekdays off for certain, make-up days unknown."""

    year: int
    days: tuple[date, ...]


@cache
def published() -> tuple[CalendarNoticeSpec, ...]:
    """The notices from 2018 on, the year in which the rule came into force, oldest first."""
    return tuple(CalendarNoticeSpec.model_validate_json(json.dumps(raw)) for raw in _read("notices"))


@cache
def expected() -> tuple[Expected, ...]:
    """Years that the package knows by their statutory days alone."""
    return tuple(
        Expected(int(str(raw["year"])), tuple(date.fromisoformat(day) for day in raw["days"]))
        for raw in _read("expected")
    )


def _read(folder: str) -> list[dict[str, list[str]]]:
    found = (files("broker.calendar") / folder).iterdir()
    named = sorted((file for file in found if file.name.endswith(".yaml")), key=lambda file: file.name)
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in named]
