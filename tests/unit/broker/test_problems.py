import json

import pytest

from broker.cli.problems import Format, written
from broker.problem import Place, Problem, Severity

REFUSED = Problem(
    Place("cases/b.yaml", 12, 5, "spec.zones[0]"), "QUOTA_EXCEEDED", "64核，超过|限额56核", "减少\n申请量", "C-6(四)"
)
NOTICE = Problem(Place("cases/a.yaml"), "LATE", "late", "file earlier", severity=Severity.NOTICE)


def test_text_has_one_line_per_problem_sorted_by_place() -> None:
    first, second = written([NOTICE, REFUSED], Format.TEXT).splitlines()[0:2]
    assert first == "NOTICE       cases/a.yaml: LATE: late; file earlier"
    assert second.startswith("REFUSED      cases/b.yaml:12:5: spec.zones[0]: QUOTA_EXCEEDED (C-6(四)): 64核")


@pytest.mark.parametrize("form", list(Format))
def test_the_order_in_which_problems_were_found_does_not_show(form: Format) -> None:
    assert written([REFUSED, NOTICE], form) == written([NOTICE, REFUSED], form)


def test_json_has_every_part_and_keeps_chinese() -> None:
    text = written([REFUSED], Format.JSON)
    assert json.loads(text) == [
        {
            "place": {"path": "cases/b.yaml", "line": 12, "column": 5, "field": "spec.zones[0]"},
            "code": "QUOTA_EXCEEDED",
            "fact": "64核，超过|限额56核",
            "cure": "减少\n申请量",
            "article": "C-6(四)",
            "severity": "refused",
        }
    ]
    assert "核" in text


def test_no_problem_is_empty_in_every_format() -> None:
    assert written([], Format.TEXT) == ""
    assert json.loads(written([], Format.JSON)) == []
    assert written([], Format.MARKDOWN) == "No problem found."
    assert json.loads(written([], Format.SARIF))["runs"][0]["results"] == []


def test_a_markdown_row_stays_one_row_whatever_a_fact_says() -> None:
    head, line, row = written([REFUSED], Format.MARKDOWN).splitlines()
    assert head.count("|") == line.count("|") == row.replace("\\|", "").count("|") == 7
    assert "减少 申请量" in row


def test_sarif_names_rule_place_and_level() -> None:
    log = json.loads(written([REFUSED, NOTICE], Format.SARIF))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LATE", "QUOTA_EXCEEDED"]
    notice, refused = run["results"]
    assert (notice["level"], refused["level"]) == ("note", "error")
    place = refused["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "cases/b.yaml"}, "region": {"startLine": 12, "startColumn": 5}}
    assert refused["message"]["text"] == "spec.zones[0]: 64核，超过|限额56核; 减少\n申请量"
    assert refused["properties"] == {"article": "C-6(四)", "severity": "refused"}


def test_sarif_of_a_whole_file_points_at_its_first_line() -> None:
    """SARIF 2.1.0 3.30.5: a line number is at least 1."""
    (result,) = json.loads(written([NOTICE], Format.SARIF))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
    assert result["message"]["text"] == "late; file earlier"


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_can_be_written_in_every_format(severity: Severity) -> None:
    problem = Problem(Place("a.yaml"), "CODE", "fact", "cure", severity=severity)
    assert all("CODE" in written([problem], form) for form in Format)
