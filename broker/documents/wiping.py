"""The provider's certificate over what was wiped (C-12(二); GB/T 22239 8.2.6.1 d, 8.2.4.7)."""

from typing import ClassVar

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Digest, Id, Line, Zone


class WipeCertificateSpec(Spec):
    """数据清除证明: the provider's word that nothing of a stack that left can be read from its media any more.

    The clouds' own answers stand in the record `wiped`; what becomes of disks and backup media behind them the provider
    alone knows. It is open until this document binds to that record by its digest.
    """

    kind: ClassVar = "WipeCertificate"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("provider",)
    signer: ClassVar = "provider"

    provider: Id
    system: Id
    zone: Zone
    form: Id
    """The intent form by which the system left."""
    evidence: Digest
    """Of the record `wiped` that it certifies, as `broker status` names it."""
    completed_on: Day
    method: Line
    """How media were cleared: overwritten, key destroyed, scrapped."""
    attachments: tuple[Attachment, ...] = ()
