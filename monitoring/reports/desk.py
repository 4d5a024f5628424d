"""Issuing reports in order: is the month closed, who is to have one, was it issued; made, kept, and on record."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from broker.attachments.rights import Confidentiality
from broker.attachments.store import AttachmentStore, checked
from broker.clock import Clock
from broker.documents.closings import MonthClosed
from broker.documents.fields import Attachment
from broker.documents.issuing import FORMATS, Format, IssuedFile, ReportIssued, code_of
from broker.documents.reporting import ReportKind
from broker.ledger.months import ClosedMonth
from broker.registry.filed import Registry
from monitoring.metering.facts import facts_from
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy
from monitoring.reports.formats.pdf import Press
from monitoring.reports.formats.printing import MEDIA_TYPES, printed
from monitoring.reports.kinds import Issue, issues, paper
from monitoring.reports.material import Around, around
from monitoring.reports.paper import Paper

CLASS: Final[Confidentiality] = "restricted"
"""Of the attachment store: the recipient, the party, the office and the supervisor read it, and nobody else."""


class NotClosed(Exception):
    """The month cannot be reported on as things stand; the text says what cures it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What issuing needs; made by wiring."""

    registry: Registry
    closed: Callable[[str], ClosedMonth | None]
    store: AttachmentStore
    record: Callable[[tuple[ReportIssued, ...]], None]
    press: Callable[[], Press]
    clock: Clock
    simulated: bool = False
    policies: tuple[Policy, ...] = ()
    """Utilisation policies that months may have been closed by."""


@dataclass(frozen=True, slots=True)
class Printed:
    """An issued report with its files. `fresh` False: it was issued before, and these are the same bytes."""

    issued: ReportIssued
    files: Mapping[Format, bytes]
    fresh: bool

    @property
    def code(self) -> str:
        """The code that is printed on it."""
        return code_of(self.issued.paper)


def issue(desk: Desk, kind: ReportKind, month: Month, provider: str = "", unit: str = "") -> Iterator[Printed]:
    """Every report of the kind, issued: those that were issued before are given back as they were.

    They are on record once all have been given; a run that was ended before makes the same bytes again.

    Raises:
        NotClosed: The month is not closed, or its facts are not those on record.
        NoSuchReport: Nobody is to have such a report.
        SettingsError: The store does not let this user write, or the fonts are not there.
        AttachmentMissing: A file that was issued is not in the store, or was changed there.
    """
    known = _around(desk, month)
    before = {r.name: r for r in desk.registry.records if isinstance(r, ReportIssued)}
    asked = issues(known, kind, provider, unit)
    press: Press | None = None
    fresh: list[ReportIssued] = []
    for one in asked:
        made = paper(known, one)
        if (issued := before.get(made.name)) is not None:
            yield Printed(issued, {file.format: _kept(desk, issued, file) for file in issued.files}, fresh=False)
            continue
        press = press or desk.press()
        files = printed(made, press)
        issued = _issued(desk, one, made, files)
        _keep(desk, issued, files)
        fresh.append(issued)
        yield Printed(issued, files, fresh=True)
    if fresh:
        desk.record(tuple(fresh))


def _around(desk: Desk, month: Month) -> Around:
    kept = desk.closed(str(month))
    if kept is None:
        raise NotClosed(f"reporting on {month}: it is not closed; run `broker close-month {month}` first")
    on_record = {r.facts for r in desk.registry.records if isinstance(r, MonthClosed) and r.month == str(month)}
    if on_record and on_record != {kept.digest}:
        raise NotClosed(
            f"reporting on {month}: the ledger has the facts {kept.digest}, the record says {min(on_record)}; "
            f"restore the ledger whose facts are on record"
        )
    earlier = desk.closed(str(month.before))
    before = facts_from(earlier.facts) if earlier else None
    facts = facts_from(kept.facts)
    policy = next((policy for policy in desk.policies if policy.digest == facts.policy_digest), None)
    return replace(around(desk.registry, facts, kept.digest, kept.closed_at, before), policy=policy)


def _issued(desk: Desk, one: Issue, made: Paper, files: Mapping[Format, bytes]) -> ReportIssued:
    return ReportIssued(
        name=made.name,
        kind=one.kind,
        month=made.head.month,
        party=one.party,
        recipient=one.recipient,
        paper=made.digest,
        facts=made.facts,
        files=tuple(
            IssuedFile(format=form, digest=digest_of(files[form]), size_bytes=len(files[form])) for form in FORMATS
        ),
        at=desk.clock(),
        simulated=desk.simulated or made.head.simulated,
    )


def digest_of(data: bytes) -> str:
    """SHA-256 of a file, as records name it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _keep(desk: Desk, issued: ReportIssued, files: Mapping[Format, bytes]) -> None:
    """Both who made it and who receives it read it from their own folder."""
    with tempfile.TemporaryDirectory() as folder:
        for file in issued.files:
            source = Path(folder) / file.format
            source.write_bytes(files[file.format])
            for owner in sorted({issued.party, issued.recipient}):
                desk.store.put(source, owner, attachment(issued, file))


def _kept(desk: Desk, issued: ReportIssued, file: IssuedFile) -> bytes:
    return b"".join(checked(desk.store, issued.recipient, attachment(issued, file)))


def attachment(issued: ReportIssued, file: IssuedFile) -> Attachment:
    """How the attachment store knows a file of a report."""
    return Attachment(
        digest=file.digest,
        size_bytes=file.size_bytes,
        media_type=MEDIA_TYPES[file.format],
        confidentiality=CLASS,
        title=f"{issued.name}.{file.format}",
    )
