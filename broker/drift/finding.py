"""What is not as it was last applied, property by property, and how it went on since it was last asked. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from broker.canonical import Json
from stacks.masked import MASK, masked

if TYPE_CHECKING:  # the provider takes half a second to import: only where a cloud is asked
    from stacks.provider.compare import Difference, Drift


EVERYTHING: Final = "*"
"""The resource of an UNKNOWN that is for the whole stack: its cloud could not be asked at all."""


class What(StrEnum):
    """How something differs."""

    CHANGED = "changed"
    GONE = "gone"
    UNEXPLAINED = "unexplained"
    """It is in the stack's project, and no document describes it."""
    UNKNOWN = "unknown"
    """The cloud did not tell: neither that it differs nor that it does not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One property of a resource, or the resource itself. `found` of what is unknown: why."""

    what: What
    resource: str
    """Its name in the stack; of what no document describes, kind and name on the cloud.

    Of what is unknown also empty: what else the project holds; `EVERYTHING`: the whole stack.
    """
    id: str = ""
    property: str = ""
    approved: Json = None
    found: Json = None

    def __str__(self) -> str:
        match self.what:
            case What.CHANGED:
                return f"{self.resource}: {self.property} is {_text(self.found)}, approved is {_text(self.approved)}"
            case What.GONE:
                return f"{self.resource}: gone ({self.id})"
            case What.UNEXPLAINED:
                return f"{self.resource}: no document describes it ({self.id})"
            case What.UNKNOWN:
                return f"{subject(self)}: unknown, {self.found}"

    def written(self) -> dict[str, Json]:
        """As it is kept."""
        return cast("dict[str, Json]", asdict(self) | {"what": str(self.what)})

    def worded(self) -> dict[str, Json]:
        """For a letter: as it is kept, with both values as a person reads them."""
        return {**self.written(), "approved": _text(self.approved, "无"), "found": _text(self.found, "无")}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stack stood when it was last asked about. `since`: when the present differences began; None: none."""

    stack: str
    asked_at: datetime
    since: datetime | None
    findings: tuple[Finding, ...]

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What surely differs."""
        return tuple(one for one in self.findings if one.what is not What.UNKNOWN)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """What the clouds did not tell."""
        return tuple(one for one in self.findings if one.what is What.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sequel:
    """How a stack stands now, which differences are new, and which are there no more."""

    now: Standing
    begun: tuple[Finding, ...]
    ended: tuple[Finding, ...]


def findings(drift: "Drift") -> tuple[Finding, ...]:
    """What came out of asking, one line per property that differs; nothing that looks like a secret."""
    return (
        *(one for difference in drift.differences for one in _of(difference)),
        *(Finding(What.UNEXPLAINED, f"{one.kind} {one.name}".strip(), one.id) for one in drift.unexplained),
        *(Finding(What.UNKNOWN, _name(one.urn), found=masked(one.reason)) for one in drift.unanswered),
    )


def subject(one: Finding) -> str:
    """What it is about, as a person reads it."""
    if one.resource == EVERYTHING:
        return "the whole stack"
    return one.resource or "what else is there"


def silence(why: str) -> Finding:
    """That nothing at all was told of a stack."""
    return Finding(What.UNKNOWN, EVERYTHING, found=masked(why))


def sequel(before: Standing | None, stack: str, found: tuple[Finding, ...], at: datetime) -> Sequel:
    """How the stack goes on. What could not be asked stays as it was known: silence neither begins nor ends a drift."""
    known = before.differences if before else ()
    silent = {one.resource for one in found if one.what is What.UNKNOWN}
    seen = [one for one in found if one.what is not What.UNKNOWN]
    carried = [one for one in known if _stays(one, silent) and one not in seen]
    differs = (*seen, *carried)
    since = (before.since if before and before.since else at) if differs else None
    now = Standing(stack, at, since, (*differs, *(one for one in found if one.what is What.UNKNOWN)))
    return Sequel(
        now,
        begun=tuple(one for one in differs if one not in known),
        ended=tuple(one for one in known if one not in differs),
    )


def finding(kept: Mapping[str, Any]) -> Finding:
    """The finding as it was written."""
    return Finding(**{**kept, "what": What(kept["what"])})


def narrowed(name: str, approved: Any, found: Any) -> Iterator[tuple[str, Json, Json]]:
    """What of a property differs: of objects the fields, of lists what is only on one side.

    >>> list(narrowed("labels", {"unit": "health", "zone": "extranet"}, {"unit": "health"}))
    [('labels.zone', 'extranet', None)]
    >>> list(narrowed("rules", [{"port": 22}, {"port": 80}], [{"port": 80}, {"port": 443}]))
    [('rules', [{'port': 22}], [{'port': 443}])]
    """
    if isinstance(approved, Mapping) and isinstance(found, Mapping):
        for key in sorted(approved.keys() | found.keys()):
            if approved.get(key) != found.get(key):
                yield from narrowed(f"{name}.{key}", approved.get(key), found.get(key))
        return
    if isinstance(approved, list) and isinstance(found, list):
        lacking, more = [x for x in approved if x not in found], [x for x in found if x not in approved]
        if lacking or more:
            approved, found = lacking, more
    yield name, _shown(approved, name), _shown(found, name)


def _of(difference: "Difference") -> Iterator[Finding]:
    resource = _name(difference.urn)
    if difference.gone:
        yield Finding(What.GONE, resource, difference.id)
    for name, (approved, found) in difference.inputs.items():
        for part, wanted, shown in narrowed(name, approved, found):
            yield Finding(What.CHANGED, resource, difference.id, part, wanted, shown)


def _stays(one: Finding, silent: Collection[str]) -> bool:
    return EVERYTHING in silent or ("" if one.what is What.UNEXPLAINED else one.resource) in silent


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _shown(value: Any, name: str = "") -> Json:
    """The value of a field of that name without what looks like a secret."""
    match value:
        case str():
            return MASK if masked(f"{name}={value}") != f"{name}={value}" else masked(value)
        case Mapping():
            return {str(key): _shown(inner, str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
        case _:
            return cast("Json", value)


def _is_told(value: Json) -> bool:
    return value is not None and value != ""


def _text(value: Json, nothing: str = "nothing") -> str:
    """As a person reads it: rules and the like without empty fields; `nothing` is the word for what is not there.

    The ledger keeps the fields of a rule in an order of its own.

    >>> _text([{"port": 22, "flow": "", "direction": "ingress"}]), _text(None), _text([])
    ('[direction=ingress port=22]', 'nothing', 'nothing')
    """
    match value:
        case None | "" | []:
            return nothing
        case list():
            return f"[{', '.join(_text(inner) for inner in value)}]"
        case dict():
            return " ".join(f"{key}={_text(inner)}" for key, inner in sorted(value.items()) if _is_told(inner))
        case _:
            return str(value)
