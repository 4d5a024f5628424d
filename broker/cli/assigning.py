"""`broker assign`: the assignment of a case with the lowest free subnets, written ready to be signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from broker import papers
from broker.cli.moment import moment
from broker.clock import SHANGHAI, day_of
from broker.documents.cases import (
    AssignmentSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.drafts.draft import ended
from broker.registry import named
from broker.registry.filed import Filed, Registry
from broker.registry.free_subnets import free_subnet

Matter = Filed[OnboardingRequestSpec] | Filed[ServiceIntentFormSpec]


class Assignee(StrEnum):
    """Who is to carry the matter out: the office assigns the department, the department a provider."""

    OPERATIONS = "operations"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An assignment as proposed. `subnets`: by zone, in the order of the request."""

    matter: Matter
    assignee: Assignee
    provider: str
    subnets: tuple[tuple[str, IPv4Network], ...]
    filed_by: str
    at: datetime

    @property
    def name(self) -> str:
        """The id of the new document."""
        return ended(self.matter.id.removesuffix("-request"), f"-assigned-{self.assignee}")

    @property
    def path(self) -> PurePosixPath:
        """Where it lies in the registry: in the folder of its case."""
        return PurePosixPath(self.matter.path).parent / f"assignment-{self.assignee}.yaml"


def assign(
    case: Annotated[str, typer.Argument(help="Its request or form, by id; or the case's folder, or a file in it.")],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")],
    to: Annotated[Assignee, typer.Option(help="Whom it is assigned to.")] = Assignee.PROVIDER,
    at: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="INSTANT", help="Instant of the assignment, in Shanghai; now without it."),
    ] = None,
    registry: Annotated[Path, typer.Option(help="The registry to write into.")] = Path(),
) -> None:
    """Write the assignment of a case, with the lowest free subnet of each zone, ready to be signed."""
    instant = at.replace(tzinfo=SHANGHAI) if at else papers.now().astimezone(SHANGHAI)
    known = papers.read(registry)
    named.person(known, filed_by)
    proposal = proposed(known, papers.within(registry, case), to, filed_by, instant)
    target = registry / proposal.path
    if target.exists():
        raise typer.BadParameter(f"{target} is there already; a merged assignment is superseded, never edited")
    target.write_text(text(proposal), encoding="utf-8")
    for zone, subnet in proposal.subnets:
        typer.echo(f"{zone}: {subnet}")
    role = "cloud_office" if to is Assignee.OPERATIONS else "ops_department"
    typer.echo(f"wrote {target}; read it, then let a person sign who did not file it:")
    typer.echo(f"  broker sign {target} --as PERSON --role {role} --key FILE")


def proposed(known: Registry, case: str, to: Assignee, filed_by: str, at: datetime) -> Proposal:
    """The assignment of a case to whom it goes next.

    Raises:
        typer.BadParameter: There is no such case, it is not approved, is assigned already, or a pool has no room.
    """
    matter = _matter(known, case)
    if matter.id not in set(_approved(known)):
        raise typer.BadParameter(f"{matter.id} has no approval in the registry; file the office's decision first")
    assignee = "provider" if to is Assignee.PROVIDER else "ops_department"
    for filed in known.in_force(AssignmentSpec):
        if filed.spec.matter == matter.id and filed.spec.assignee == assignee:
            raise typer.BadParameter(
                f"{matter.id} is assigned by {filed.id} already; supersede that one if it is wrong"
            )
    if to is Assignee.OPERATIONS:
        return Proposal(matter, to, "", (), filed_by, at)
    return Proposal(matter, to, _provider(known, matter), tuple(_subnets(known, matter)), filed_by, at)


def text(proposal: Proposal) -> str:
    """The document, each choice with the reason for it as a comment."""
    matter, to_provider = proposal.matter, proposal.assignee is Assignee.PROVIDER
    article = "C-11(一)" if isinstance(matter.spec, OnboardingRequestSpec) else "C-12(二)"
    who = "operations department → provider" if to_provider else "office → operations department"
    lines = [
        f"# 指派 ({article}): {who}; carries out {matter.path}",
        "apiVersion: govcloud/v1",
        "kind: Assignment",
        "metadata:",
        f"  id: {proposal.name}",
        f'  filed_on: "{day_of(proposal.at)}"',
        f"  filed_by: {proposal.filed_by}",
        "spec:",
        f"  matter: {matter.id}",
        f"  assignee: {'provider' if to_provider else 'ops_department'}",
    ]
    if to_provider:
        lines += [
            "  # The provider that the request names, or that the system has.",
            f"  provider: {proposal.provider}",
        ]
    if proposal.subnets:
        lines += [
            "  # The lowest free subnet of the zone's address pool. It stays the system's until its exit.",
            "  subnets:",
        ]
        lines += [line for zone, cidr in proposal.subnets for line in (f"  - zone: {zone}", f"    cidr: {cidr}")]
    return "\n".join([*lines, f'  assigned_at: "{proposal.at.isoformat(timespec="seconds")}"']) + "\n"


def _matter(known: Registry, case: str) -> Matter:
    """The request or form of that id; of a folder, the newest that lies in it."""
    every: tuple[Matter, ...] = (*known.in_force(OnboardingRequestSpec), *known.in_force(ServiceIntentFormSpec))
    found = named.of_case(every, case)
    if not found:
        raise typer.BadParameter(named.no_case(every, case))
    return found[-1]


def _approved(known: Registry) -> Iterator[str]:
    for approval in known.in_force(OnboardingApprovalSpec):
        if approval.spec.decision == "approved":
            yield from approval.spec.requests
    for decision in known.in_force(IntentDecisionSpec):
        if decision.spec.decision == "approved":
            yield decision.spec.form


def _provider(known: Registry, matter: Matter) -> str:
    if isinstance(matter.spec, OnboardingRequestSpec):
        return matter.spec.provider
    request = _request_of(known, matter.spec.system)
    if request is None:
        raise typer.BadParameter(f"{matter.id} is about {matter.spec.system}, of which there is no onboarding request")
    return request.spec.provider


def _request_of(known: Registry, system: str) -> Filed[OnboardingRequestSpec] | None:
    requests = [f for f in known.in_force(OnboardingRequestSpec) if f.spec.system == system]
    return requests[-1] if requests else None


def _subnets(known: Registry, matter: Filed[Spec]) -> Iterator[tuple[str, IPv4Network]]:
    if not isinstance(matter.spec, OnboardingRequestSpec):
        return
    for layout in matter.spec.zones:
        subnet = free_subnet(known, layout.zone)
        if subnet is None:
            raise typer.BadParameter(
                f"no address pool of the {layout.zone} zone has a free subnet; file another AddressPool"
            )
        yield layout.zone, subnet
