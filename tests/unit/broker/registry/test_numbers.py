import pytest

from broker.registry.things import numbered
from tests.unit.broker.registry.office import REQUEST, Office, approval, codes, document

FORM = "津南网信批〔2026〕11号"


@pytest.mark.parametrize("number", [FORM, "津南政务云办〔2026〕1号", "RY-2026-011", "RY-2026-0011"])
def test_a_number_has_issuer_year_and_sequence(number: str, office: Office) -> None:
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.write("cases/a.yaml", approval("r", number=number))
    office.sign("cases/a.yaml")
    office.commit()
    assert codes(office.judged()) == []
    assert numbered(number)[2] == "2026"


@pytest.mark.parametrize(
    "number",
    [
        "津南网信批[2026]11号",
        "津南网信批〔26〕11号",
        "津南网信批〔2026〕011号",
        "津南网信批〔2026〕第11号",
        "〔2026〕11号",
    ],
)
def test_a_number_of_another_form_is_refused(number: str, office: Office) -> None:
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.write("cases/a.yaml", approval("r", number=f'"{number}"'))
    office.commit()
    assert codes(office.registry()) == ["FIELD_VALUE"]


@pytest.mark.parametrize(("other", "found"), [("RY-2026-11", 1), ("RY-2025-011", 0), ("RX-2026-011", 0), (FORM, 0)])
def test_a_number_is_given_once_per_issuer_and_year(office: Office, other: str, found: int) -> None:
    for name in ("r", "q"):
        text = REQUEST % f"s-{name}"
        office.write(f"cases/{name}.yaml", document("OnboardingRequest", name, text, by="health-clerk"))
    office.write("cases/a.yaml", approval("r"))
    office.write("cases/b.yaml", approval("q", name="second", number=other))
    office.commit()
    assert codes(office.registry()).count("THING_TWICE") == found
