"""Person documents: who holds which role from when until when. Two people of the office sign each of them."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from broker.documents.organisations import PersonSpec, Role, RoleHeld
from broker.drafts.draft import Draft, Filing, drafted, unused
from broker.errors import CannotDraft
from broker.nearest import unknown
from broker.registry.filed import Filed, Registry


@dataclass(frozen=True, slots=True)
class Appointment:
    """A person gets a role: inclusive days, the second None = until it is ended."""

    person: str
    role: Role
    first: date
    last: date | None = None
    organisation: str = ""
    """Of a person whom no document names yet."""


def appoint(known: Registry, appointment: Appointment, filing: Filing) -> Draft:
    """The document by which a person, known or new, gets a role for a period.

    Raises:
        CannotDraft: The period ends before it begins, he holds the role then already, or a new one has no organisation.
    """
    before, person = _person(known, appointment.person), appointment.person
    if appointment.last is not None and appointment.last < appointment.first:
        raise CannotDraft(f"the period of {person} ends on {appointment.last}, before it begins")
    if before is None and not appointment.organisation:
        raise CannotDraft(f"no document names {person} yet; say of which organisation he is (--organisation)")
    if before and appointment.organisation not in {"", before.spec.organisation}:
        raise CannotDraft(f"{person} is of {before.spec.organisation}; who moves gets another id, and his roles end")
    held = before.spec.roles if before else ()
    for other in held:
        if other.role == appointment.role and _overlap(other, appointment):
            raise CannotDraft(
                f"{person} is {other.role} from {other.valid_from} until {other.valid_until or 'further'}"
            )
    new = RoleHeld(role=appointment.role, valid_from=appointment.first, valid_until=appointment.last)
    organisation = before.spec.organisation if before else appointment.organisation
    return _draft(known, before, person, organisation, (*held, new), filing)


def dismiss(known: Registry, person: str, role: Role, last: date, filing: Filing) -> Draft:
    """The document by which a role that a person holds ends after a day.

    Raises:
        CannotDraft: There is no such person, or he does not hold the role on that day.
    """
    before = _person(known, person)
    if before is None:
        raise CannotDraft(unknown("person", person, (known.first(p.id) for p in known.in_force(PersonSpec))))
    running = [h for h in before.spec.roles if h.role == role and h.valid_from <= last <= (h.valid_until or date.max)]
    if not running:
        raise CannotDraft(f"{person} does not hold the role {role} on {last}")
    roles = tuple(h.model_copy(update={"valid_until": last}) if h in running else h for h in before.spec.roles)
    return _draft(known, before, person, before.spec.organisation, roles, filing)


def _draft(  # noqa: PLR0913, PLR0917 - what a person document says
    known: Registry,
    before: Filed[PersonSpec] | None,
    person: str,
    organisation: str,
    roles: tuple[RoleHeld, ...],
    filing: Filing,
) -> Draft:
    name = unused(known, person)
    content = {
        "organisation": organisation,
        "roles": [role.model_dump(mode="json", exclude_none=True) for role in roles],
    }
    filing = replace(filing, supersedes=before.id) if before else filing
    path = PurePosixPath(PersonSpec.folder, "people", f"{name}.yaml")
    return drafted(PersonSpec, name, path, filing, content, f"人员与职责: {person}")


def _person(known: Registry, person: str) -> Filed[PersonSpec] | None:
    return next((p for p in known.in_force(PersonSpec) if known.first(p.id) == person), None)


def _overlap(held: RoleHeld, wanted: Appointment) -> bool:
    return held.valid_from <= (wanted.last or date.max) and wanted.first <= (held.valid_until or date.max)
