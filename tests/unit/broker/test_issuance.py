"""Reports between confirmation and delivery: what may be handed over, what waits and why."""

from typing import Any

from broker.documents.fields import Digest
from broker.documents.issuing import IssuedFile, ReportIssued, code_of
from broker.documents.records import Record
from broker.issuance import Deliverable, handed_over, message, standing
from broker.registry.filed import Registry
from tests.fixtures.demo_district import at, filed

PAPER: Digest = f"sha256:{'1' * 64}"
OTHER: Digest = f"sha256:{'2' * 64}"
ISSUED = ReportIssued(
    name="provider-2026-10-provider-a-health",
    kind="provider",
    month="2026-10",
    party="provider-a",
    recipient="health",
    paper=PAPER,
    facts=f"sha256:{'0' * 64}",
    files=(IssuedFile(format="pdf", digest=f"sha256:{'3' * 64}", size_bytes=9),),
    at=at("2026-11-04T09:00"),
)


def confirmation(id_: str = "confirmed", paper: str = PAPER, **changed: Any) -> dict[str, Any]:
    papers = [{"name": ISSUED.name, "paper": paper}]
    spec = {"party": "provider-a", "report": "provider", "month": "2026-10", "papers": papers, **changed}
    head = {"id": id_, "filed_on": "2026-11-05", "filed_by": "provider-a-operator"}
    return {"apiVersion": "govcloud/v1", "kind": "ReportConfirmation", "metadata": head, "spec": spec}


def registry(*documents: dict[str, Any], records: tuple[Record, ...] = (ISSUED,)) -> Registry:
    return Registry("0" * 40, tuple(filed(raw, f"{n}.yaml", n) for n, raw in enumerate(documents)), records)


def test_a_report_that_nobody_confirmed_waits() -> None:
    ready, (waiting,) = standing(registry())
    assert (ready, waiting.issued, waiting.other) == ((), ISSUED, "")


def test_a_confirmed_report_may_be_handed_over() -> None:
    assert standing(registry(confirmation())) == ((Deliverable(ISSUED, "confirmed"),), ())


def test_a_confirmation_of_another_content_party_or_month_is_none_and_is_told() -> None:
    for document in (confirmation(paper=OTHER), confirmation(party="provider-b"), confirmation(month="2026-09")):
        ready, (waiting,) = standing(registry(document))
        assert (ready, waiting.other) == ((), "confirmed")


def test_a_confirmation_that_was_taken_back_is_none() -> None:
    withdrawal = confirmation("again", paper=OTHER)
    withdrawal["metadata"] |= {"supersedes": "confirmed"}
    ready, (waiting,) = standing(registry(confirmation(), withdrawal))
    assert (ready, waiting.other) == ((), "again")


def test_what_was_handed_over_is_handed_over_once() -> None:
    known = registry(confirmation())
    ((one,), _) = standing(known)
    record = handed_over(one, at("2026-11-06T09:00"), simulated=False)
    assert (record.recipient, record.confirmation, record.paper) == ("health", "confirmed", PAPER)
    assert standing(registry(confirmation(), records=(ISSUED, record))) == ((), ())


def test_the_message_names_its_recipient_alone_with_the_files_and_the_code() -> None:
    notice = message(Deliverable(ISSUED, "confirmed"))
    body = notice.body
    assert isinstance(body, dict)
    assert (notice.key, notice.topic, body["to"]) == (f"report:{ISSUED.name}:{PAPER}", "report", ["health"])
    assert (body["code"], body["article"]) == (code_of(PAPER), "C-9(二)")
    assert body["files"] == [{"format": "pdf", "digest": f"sha256:{'3' * 64}", "size_bytes": 9}]


def test_a_code_has_no_letters_that_are_mistaken_for_each_other() -> None:
    code = code_of(PAPER)
    assert len(code) == 24
    assert not set(code) & set("01IO")
    assert code != code_of(OTHER)
