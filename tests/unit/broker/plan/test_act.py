"""A run bears the id of the acts that it carries out, until it has carried them out."""

from broker.plan.act import with_acts
from broker.plan.target import Target
from broker.registry.filed import Registry
from stacks.spec import CloudTarget, ObjectStoreKind
from tests.fixtures.clock_desk import CHANGE, Desk, founded

AT = "2026-06-01T09:00"
EXTRANET, INTERNET = "booking.extranet.provider-a", "booking.internet.provider-a"
CLOUD = CloudTarget("a", "a", "Default", "r", "public", ObjectStoreKind.SWIFT, "a", sandbox=True)
ORDER = {"request": "harm", "act": "act-7", "systems": ["booking"], "reason": "对外攻击"}
AT_ONCE = {"effective_at": "2026-06-01T09:00:00+08:00"}


def desk() -> Desk:
    found = founded("2026-01-04T09:00")
    found.onboarding("2026-01-05T09:00", "2026-01-06T09:00")
    found.file(AT, "HarmInterruptionOrder", "harm-order", ORDER | AT_ONCE)
    return found


def acts(found: Desk, *documents: str) -> dict[str, tuple[str, ...]]:
    """The acts of both stacks of the system, by stack."""
    both = [Target(one, None, "", None, CLOUD, "booking/x", documents) for one in (EXTRANET, INTERNET)]
    registry = Registry("0" * 40, tuple(found.filed), tuple(found.records))
    return {target.stack: target.acts for target in with_acts(both, registry)}


def test_every_stack_that_an_interruption_stops_bears_its_act() -> None:
    assert acts(desk(), "request", "harm-order") == {EXTRANET: ("act-7",), INTERNET: ("act-7",)}


def test_a_stack_that_was_brought_to_it_bears_it_no_more_and_the_other_still_does() -> None:
    found = desk()
    found.provision(AT, EXTRANET, "request", "harm-order")
    assert acts(found, "request", "harm-order") == {EXTRANET: (), INTERNET: ("act-7",)}


def test_the_end_of_the_interruption_is_the_end_of_the_same_act() -> None:
    found = desk()
    for stack in (EXTRANET, INTERNET):
        found.provision(AT, stack, "request", "harm-order")
    found.file(AT, "ServiceRestoration", "over", {"order": "harm-order", "handled": "已清除"} | AT_ONCE)
    assert set(acts(found, "request", "harm-order", "over").values()) == {("act-7",)}


def test_a_form_is_part_of_no_act() -> None:
    found = desk()
    found.form(AT, "more", CHANGE)
    found.provision(AT, EXTRANET, "request", "harm-order")
    assert acts(found, "request", "harm-order", "more")[EXTRANET] == ()
