"""Which wipes the provider has certified: each is open until its certificate binds to the record (C-12(二)). Pure."""

from dataclasses import dataclass
from datetime import datetime

from broker.canonical import digest
from broker.documents.backups import Wiped
from broker.documents.records import written
from broker.documents.wiping import WipeCertificateSpec
from broker.registry.filed import Registry


@dataclass(frozen=True, slots=True)
class Uncertified:
    """A stack that was wiped, without its provider's certificate. `evidence`: digest of the record."""

    stack: str
    wiped_at: datetime
    evidence: str


def evidence_of(record: Wiped) -> str:
    """The digest by which a certificate names the record; that of its entry in the audit log."""
    return digest(written(record))


def uncertified(registry: Registry) -> tuple[Uncertified, ...]:
    """The wipes that no certificate in force binds to, oldest first."""
    certified = {
        (f"{spec.system}.{spec.zone}.{spec.provider}", spec.evidence)
        for spec in (filed.spec for filed in registry.in_force(WipeCertificateSpec))
    }
    wiped = ((record, evidence_of(record)) for record in registry.records if isinstance(record, Wiped))
    return tuple(
        Uncertified(record.stack, record.at, evidence)
        for record, evidence in wiped
        if (record.stack, evidence) not in certified
    )
