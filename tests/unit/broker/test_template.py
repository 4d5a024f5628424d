import pytest
import yaml

from broker.cli.template import first_line, template
from broker.documents.kinds import DOCUMENTS, SPECS

KINDS = sorted(DOCUMENTS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_yaml_with_every_required_field_of_its_kind(kind: str) -> None:
    parsed = yaml.safe_load(template(kind))
    schema = DOCUMENTS[kind].model_json_schema()
    spec = next(s for s in SPECS if s.kind == kind)
    assert (parsed["apiVersion"], parsed["kind"]) == ("govcloud/v1", kind)
    assert set(parsed["metadata"]) == set(schema["$defs"]["Metadata"]["required"])
    assert set(parsed["spec"]) == {f.alias or n for n, f in spec.model_fields.items() if f.is_required()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_may_be_left_out_stands_there_as_a_comment(kind: str) -> None:
    text = template(kind)
    spec = next(s for s in SPECS if s.kind == kind)
    for name, field in spec.model_fields.items():
        if not field.is_required():
            assert f"  # {name}:" in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_says_where_the_file_lies_and_who_signs(kind: str) -> None:
    spec = next(s for s in SPECS if s.kind == kind)
    line = template(kind).splitlines()[1]
    assert line.startswith(f"# Lies in {spec.folder}/; ")
    assert all(role in line for role in spec.signed_by)
    assert ("no signature" in line) is (not spec.signed_by)


def test_two_signatures_are_asked_for_as_two() -> None:
    assert "signed by 2 people with the role cloud_office" in template("Key")
    assert "signed by one person with the role cloud_office or ops_department" in template("Assignment")


def test_a_placeholder_shows_the_type_of_its_field() -> None:
    text = template("OnboardingRequest")
    assert "importance: …  # one of low, medium, high" in text
    assert "wanted_from: …  # a date, such as 2026-01-31" in text
    assert "state_secret: …  # true or false" in text
    assert "grade: …  # a whole number, 1 or more" in text
    assert "assigned_at: …  # an instant, such as 2026-01-31T09:00:00+08:00" in template("Assignment")


def test_the_meaning_of_a_field_stands_above_it() -> None:
    lines = template("OnboardingRequest").splitlines()
    above = lines[lines.index("  state_secret: …  # true or false") - 1]
    assert above == "  # Must be false: a system with state secrets is refused (S-30)."


@pytest.mark.parametrize("kind", KINDS)
def test_no_placeholder_is_empty(kind: str) -> None:
    assert [line for line in template(kind).splitlines() if line.endswith(("{}", "[]"))] == []


def test_every_choice_of_a_part_is_shown_the_first_ready_to_fill_in_the_others_as_comments() -> None:
    text = template("ServiceIntentForm")
    changes = yaml.safe_load(text)["spec"]["intent"]["changes"]
    assert [change["action"] for change in changes] == ["set_count"]
    for action in ("set_flavor", "extend_disk", "add_tier", "set_bandwidth"):
        assert f"        # action: {action}\n" in text


def test_there_is_no_template_of_a_kind_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        template("Wish")


@pytest.mark.parametrize(("text", "line"), [("One.\n\nMore.", "One."), (None, ""), ("  One.", "One.")])
def test_the_first_line_of_a_docstring_is_its_summary(text: str | None, line: str) -> None:
    assert first_line(text) == line
