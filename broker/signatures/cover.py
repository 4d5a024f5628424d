"""Whether a signature that holds is one that a document needs, and how many it needs."""

from datetime import date
from typing import Any, Final

from broker.clock import day_of, start_of
from broker.documents.cases import AssignmentSpec
from broker.documents.envelope import Nature
from broker.documents.reporting import PlainRecordSpec
from broker.documents.security import RectificationAcceptanceSpec
from broker.problem import Place
from broker.signatures.chain import AGAIN, Chain
from broker.signatures.roster import OFFICE, OPERATIONS, matters_of
from broker.signatures.sign import VALIDITY
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject

_SAID: Final = ("decision", "number", "conditions", "decided_on")
"""What a signature repeats of the decision that it is over."""


def covers(chain: Chain, signature: Signature, subject: Subject) -> bool:
    """Whether a signature that holds is one that this document needs; reports why not."""
    place, payload, spec = Place(signature.path), signature.payload, subject.document.spec
    name = subject.document.id
    if not any(signed.id == name and signed.digest == subject.digest for signed in payload.documents):
        fact = f"it is over another text of {name} than {subject.digest}"
        chain.report(place, "SIGNATURE_INVALID", fact, AGAIN)
    elif differing := [f for f in _SAID if vars(spec).get(f) not in {None, getattr(payload, f)}]:
        said = ", ".join(f"{f} {getattr(payload, f)} instead of {getattr(spec, f)}" for f in differing)
        chain.report(place, "SIGNATURE_INVALID", f"it says {said} of {name}", AGAIN)
    elif payload.case != _folder(subject.path) and payload.case not in _folders(chain, signature):
        fact = f"it is for the case {payload.case}, {name} lies in {_folder(subject.path)}"
        chain.report(place, "SIGNATURE_INVALID", fact, AGAIN)
    elif misdated := _misdated(chain, signature, subject):
        chain.report(place, "DECISION_DATE", misdated, "date the decision on the day on which it is signed")
    elif refused := unentitled(chain, payload.person, payload.role, subject):
        chain.report(place, *refused)
    else:
        return True
    return False


def unentitled(chain: Chain, person: str, role: str, subject: Subject) -> tuple[str, str, str] | None:
    """Code, fact and cure of why this person in this role cannot sign the document, whatever his key; None = he can."""
    spec, name = subject.document.spec, subject.document.id
    roles = roles_of(chain, subject)
    if role not in roles:
        fact = f"{name} needs the role {' or '.join(roles)}, it was signed as {role}"
        return "ROLE_MISSING", fact, "let a person sign who holds that role"
    if (party := vars(spec).get(spec.signer)) and _organisation(chain, person) != party:
        fact = f"{person} does not act for {party}, whose word {name} is"
        return "ROLE_MISSING", fact, f"let a person of {party} sign"
    if not party and role == "unit" and _organisation(chain, person) != chain.roster.unit_of(spec):
        fact = f"{person} does not act for the unit that {name} is about"
        return "ROLE_MISSING", fact, "let a person of that unit sign"
    if _separated(chain, subject) and person in chain.roster.filers_of(subject):
        return "FILED_BY_SIGNER", f"{person} took part in filing {name} or what it decides", "let somebody else sign"
    return None


def _folders(chain: Chain, signature: Signature) -> set[str]:
    named = (signed.id for signed in signature.payload.documents)
    return {_folder(chain.matters[name].path) for name in named if name in chain.matters}


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "."


def _misdated(chain: Chain, signature: Signature, subject: Subject) -> str | None:
    """Why the decision cannot have been taken on the day that stands on it: dated back, or ahead."""
    spec: Any = subject.document.spec
    dated = vars(spec).get("decided_on")
    if not isinstance(dated, date):
        return None
    at = chain.arrivals.signature(signature)
    if dated > day_of(at):
        return f"it is dated {dated} and came on {day_of(at)}"
    for matter in (chain.matters[name] for name in matters_of(spec) if name in chain.matters):
        came = chain.arrivals.document(matter)
        if dated < matter.document.metadata.filed_on:
            return f"it is dated {dated}, before {matter.document.id} was filed on {matter.document.metadata.filed_on}"
        if came is not None and came < at and dated < day_of(came):
            return f"it is dated {dated}, before {matter.document.id} came on {day_of(came)}"
    first = chain.arrivals.first
    if first is not None and first < at and at - start_of(dated) > VALIDITY:
        return f"it is dated {dated} and came only on {day_of(at)}, more than {VALIDITY.days} days later"
    return None


def roles_of(chain: Chain, subject: Subject) -> tuple[str, ...]:
    """The roles of which one must sign.

    The office assigns to the operations department and this to the provider (C-11(一), C-12(二)); a provider does not
    evaluate itself (C-29).
    """
    spec = subject.document.spec
    if isinstance(spec, AssignmentSpec):
        return (OPERATIONS,) if spec.assignee == "provider" and chain.roster.operations else (OFFICE,)
    if isinstance(spec, PlainRecordSpec) and spec.topic == "unit_evaluation_of_provider":
        return ("unit", OFFICE, OPERATIONS)
    return spec.signed_by


def _organisation(chain: Chain, person: str) -> str | None:
    spec = chain.roster.people.get(person)
    return spec.organisation if spec else None


def _separated(chain: Chain, subject: Subject) -> bool:
    """Filing and deciding are apart, but for evidence, and for the office's first person while he is the only one."""
    nature = subject.document.spec.nature
    return nature is Nature.DECISION or (nature is Nature.FOUNDATION and len(chain.roster.founders) > 1)


def needed(chain: Chain, subject: Subject) -> int:
    """How many different people must sign."""
    spec = subject.document.spec
    if spec.nature is Nature.FOUNDATION:
        return min(spec.signatures, max(len(chain.roster.founders), 1))
    against_the_finder = isinstance(spec, RectificationAcceptanceSpec) and not spec.finder_agrees
    return max(spec.signatures, 2) if against_the_finder or chain.roster.decides_on_itself(spec) else spec.signatures
