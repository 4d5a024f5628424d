import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from broker.check.meanings import MEANINGS, problems_page
from broker.cli.problems import Format, written
from broker.problem import Place, Problem, Severity

ROOT = Path(__file__).parents[3]
MAKERS = ("registry", "signatures", "check", "survey")
NO_CODES = {"XDG_CACHE_HOME", "LC_ALL"}
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


def rule(problem: Problem, docs: str = "") -> Any:
    (found,) = json.loads(written([problem], Format.SARIF, docs))["runs"][0]["tool"]["driver"]["rules"]
    return found


def test_sarif_says_of_a_rule_what_its_page_says_in_both_languages() -> None:
    found = rule(REFUSED, "https://docs.example/broker/")
    assert found["shortDescription"] == {"text": "超出配额 · the quota or the capacity does not cover it"}
    assert found["fullDescription"]["text"].endswith(
        "依据 · Article: C-6(四): 按实际需求变化和合理值分配计算、内存、存储、网络带宽资源"
    )
    lines = found["help"]["text"].splitlines()
    assert lines[2].startswith("补正：减少申请量")
    assert lines[3].startswith("Cure: ask for less")
    assert found["helpUri"] == "https://docs.example/broker/refusals.md#quota_exceeded"
    assert f"[QUOTA_EXCEEDED]({found['helpUri']})" in found["help"]["markdown"]
    assert (found["name"], found["defaultConfiguration"]) == ("QuotaExceeded", {"level": "error"})
    assert found["properties"] == {"tags": ["govcloud", "C-6(四)"]}


def test_sarif_links_to_no_page_whose_address_nobody_gave() -> None:
    found = rule(REFUSED)
    assert "helpUri" not in found
    assert "](" not in found["help"]["markdown"]


def test_sarif_fits_its_own_schema_where_code_hosts_are_strict() -> None:
    """GitHub: text of at most 1024 characters; SARIF 2.1.0 3.49: ids, messages and an absolute address."""
    for code in MEANINGS:
        found = rule(Problem(Place("a.yaml"), code, "fact", "cure"), "https://docs.example")
        assert all(0 < len(found[name]["text"]) <= 1024 for name in ("shortDescription", "fullDescription", "help"))
        assert urlsplit(found["helpUri"]).scheme == "https"


def test_every_page_that_a_link_leads_to_has_the_part_it_names() -> None:
    docs = ROOT / "docs"
    for code, meaning in MEANINGS.items():
        assert f"\n## {code}\n" in (docs / meaning.page).read_text(encoding="utf-8"), code
    assert (docs / "problems.md").read_text(encoding="utf-8") == problems_page(), "run `make docs`"


def test_every_code_that_is_told_has_a_meaning() -> None:
    """What looks like a code where problems are made: each is in the table, or named here as none."""
    texts = [path.read_text(encoding="utf-8") for part in MAKERS for path in (ROOT / "broker" / part).rglob("*.py")]
    texts.append((ROOT / "broker" / "signing.py").read_text(encoding="utf-8"))
    told = {code for text in texts for code in re.findall(r'"([A-Z]{2,}(?:_[A-Z]+)+|CYCLE|SYMLINK|SUBMODULE)"', text)}
    assert {code for code in told - NO_CODES if not code.startswith("GIT_")} - set(MEANINGS) == set()
    assert len(told & set(MEANINGS)) > 45
