"""Which other documents a document names: one function per kind that names any. An obvious place for the next kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from broker.documents.envelope import Spec
from broker.documents.layout import Flow, NamedNetworkEnd, TierEnd
from broker.registry.filed import Filed
from broker.registry.naming import FIELDS

_ANY_PARTY: Final = ("Organisation", "Unit", "Provider")
_MATTER: Final = ("OnboardingRequest", "ServiceIntentForm")


@dataclass(frozen=True, slots=True)
class Link:
    """A field that names something, and the kinds of things it may be."""

    field: str
    namespaces: tuple[str, ...]
    name: str


def links(filed: Filed[Spec]) -> Iterator[Link]:
    """Every reference of the document but those to the line of documents it stands in."""
    yield Link("metadata.filed_by", ("Person",), filed.document.metadata.filed_by)
    spec: Any = filed.spec
    yield from _BY_KIND.get(filed.kind, _none)(spec)
    for path, namespaces in FIELDS.get(filed.kind, {}).items():
        for field, name in _named(spec, path.split("."), "spec"):
            yield Link(field, namespaces, name)


def _named(part: Any, path: list[str], at: str) -> Iterator[tuple[str, str]]:
    """Every name at a path of fields, with its place; lists on the way are walked member by member."""
    if part is None:
        return
    if isinstance(part, tuple):
        for n, member in enumerate(part):
            yield from _named(member, path, f"{at}[{n}]")
    elif path:
        yield from _named(getattr(part, path[0]), path[1:], f"{at}.{path[0]}")
    else:
        yield at, part


def _none(_: Any) -> Iterator[Link]:
    yield from ()


def _person(spec: Any) -> Iterator[Link]:
    yield Link("spec.organisation", _ANY_PARTY, spec.organisation)


def _key(spec: Any) -> Iterator[Link]:
    yield Link("spec.person", ("Person",), spec.person)


def _cloud(spec: Any) -> Iterator[Link]:
    yield Link("spec.provider", ("Provider",), spec.provider)
    yield Link("spec.zone", ("Zone",), spec.zone)


def _pool(spec: Any) -> Iterator[Link]:
    yield Link("spec.zone", ("Zone",), spec.zone)


def _contract(spec: Any) -> Iterator[Link]:
    yield Link("spec.provider", ("Provider",), spec.provider)


def _quota(spec: Any) -> Iterator[Link]:
    yield Link("spec.unit", ("Unit",), spec.unit)
    yield Link("spec.zone", ("Zone",), spec.zone)


def _request(spec: Any) -> Iterator[Link]:
    yield Link("spec.unit", ("Unit",), spec.unit)
    yield Link("spec.provider", ("Provider",), spec.provider)
    if spec.relocates is not None:
        yield Link("spec.relocates", ("system",), spec.relocates)
    for n, layout in enumerate(spec.zones):
        yield Link(f"spec.zones[{n}].zone", ("Zone",), layout.zone)
        for b, bucket in enumerate(layout.buckets):
            yield from _readers(bucket.readers, f"spec.zones[{n}].buckets[{b}].readers")
    for n, flow in enumerate(spec.flows):
        yield from _flow(flow, f"spec.flows[{n}]")


def _flow(flow: Flow, field: str) -> Iterator[Link]:
    for side, end in (("source", flow.source), ("target", flow.target)):
        if isinstance(end, TierEnd):
            yield Link(f"{field}.{side}.zone", ("Zone",), end.zone)
            if end.system is not None:
                yield Link(f"{field}.{side}.system", ("system",), end.system)
        elif isinstance(end, NamedNetworkEnd) and end.cidr is None:
            yield Link(f"{field}.{side}.name", ("network",), end.name)


def _readers(names: tuple[str, ...], field: str) -> Iterator[Link]:
    for n, name in enumerate(names):
        yield Link(f"{field}[{n}]", ("system",), name)


def _approval(spec: Any) -> Iterator[Link]:
    for n, name in enumerate(spec.requests):
        yield Link(f"spec.requests[{n}]", ("OnboardingRequest",), name)


def _form(spec: Any) -> Iterator[Link]:
    yield Link("spec.system", ("system",), spec.system)
    yield Link("spec.unit", ("Unit",), spec.unit)
    if spec.intent.purpose == "relocation":
        yield Link("spec.intent.successor", ("system",), spec.intent.successor)
    if spec.intent.purpose == "change":
        for n, change in enumerate(spec.intent.changes):
            field = f"spec.intent.changes[{n}]"
            if change.action == "open_flow":
                yield from _flow(change.flow, f"{field}.flow")
            elif change.action == "set_bucket_readers":
                yield from _readers(change.readers, f"{field}.readers")
            elif change.action == "add_bucket":
                yield from _readers(change.bucket.readers, f"{field}.bucket.readers")


def _decision(spec: Any) -> Iterator[Link]:
    yield Link("spec.form", ("ServiceIntentForm",), spec.form)


def _assignment(spec: Any) -> Iterator[Link]:
    yield Link("spec.matter", _MATTER, spec.matter)
    if spec.provider is not None:
        yield Link("spec.provider", ("Provider",), spec.provider)


def _of_system(spec: Any) -> Iterator[Link]:
    yield Link("spec.system", ("system",), spec.system)


def _hand_over(spec: Any) -> Iterator[Link]:
    yield Link("spec.form", ("ServiceIntentForm",), spec.form)
    yield Link("spec.system", ("system",), spec.system)


def _resumption(spec: Any) -> Iterator[Link]:
    yield Link("spec.suspension", ("SuspensionOrder", "CompulsoryMeasureOrder"), spec.suspension)


_BY_KIND: Final[Mapping[str, Callable[[Any], Iterator[Link]]]] = {
    "Person": _person,
    "Key": _key,
    "Cloud": _cloud,
    "AddressPool": _pool,
    "ServiceContract": _contract,
    "UnitQuota": _quota,
    "OnboardingRequest": _request,
    "OnboardingApproval": _approval,
    "ServiceIntentForm": _form,
    "IntentDecision": _decision,
    "Assignment": _assignment,
    "GoLive": _of_system,
    "HandOver": _hand_over,
    "SuspensionOrder": _of_system,
    "ResumptionOrder": _resumption,
}
"""Kinds whose references hang on what else they say; `naming.py` has those that always name the same."""
