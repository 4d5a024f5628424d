import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli.app import app
from broker.registry.read import read_folder

NOTICE = ["--number", "国办发明电〔2026〕0号", "--published", "2026-11-30", "--source", "test"]
FILED = ["--as", "office-clerk", "--filed-on", "2026-12-01"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["calendar", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2026-02-13", "Tue 2026-02-24 24:00"),
        ("2026-02-12T23:59:59+08:00", "Sat 2026-02-14 24:00"),
        ("2026-02-13T00:00:00+08:00", "Tue 2026-02-24 24:00"),
        ("2026-02-12T16:00:00Z", "Tue 2026-02-24 24:00"),
        ("2026-02-12T15:59:59Z", "Sat 2026-02-14 24:00"),
        ("2026-02-12T11:00:00-05:00", "Tue 2026-02-24 24:00"),
    ],
)
def test_a_filing_counts_from_its_day_in_shanghai_whatever_its_time_zone(start: str, told: str) -> None:
    assert run("due", start, "2") == (0, told + "\n")


def test_a_deadline_is_counted_back_for_a_notice() -> None:
    assert run("due", "2026-10-08", "2", "--before") == (0, "Tue 2026-09-29 24:00\n")


@pytest.mark.parametrize("start", ["13.2.2026", "2026-02-30", "2026-02-13T09:00:00"])
def test_what_is_no_day_and_no_instant_is_refused(start: str) -> None:
    assert run("due", start, "2")[0] == 2


def test_a_registry_that_enters_a_year_makes_its_deadlines_final(tmp_path: Path) -> None:
    asked = ("due", "2026-12-30", "2", "--json", "--registry", str(tmp_path))
    before = json.loads(run(*asked)[1])
    added, told = run(
        "add", "2027", *NOTICE, *FILED, "--off", "元旦=2027-01-01..2027-01-03", "--work", "2027-01-10",
        "--registry", str(tmp_path),
    )  # fmt: skip
    assert (before["day"], before["provisional"], added) == ("2027-01-04", True, 0)
    assert "broker sign" in told
    assert (tmp_path / "platform" / "calendar-2027.yaml").exists()


def test_a_second_notice_of_a_year_supersedes_the_first(tmp_path: Path) -> None:
    (tmp_path / "organisations").mkdir()
    for name, text in _OFFICE.items():
        (tmp_path / "organisations" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for day in ("2027-01-03", "2027-01-04"):
        assert (
            run("add", "2027", *NOTICE, *FILED, "--off", f"元旦=2027-01-01..{day}", "--registry", str(tmp_path))[0] == 0
        )
    assert [p.place.path for p in read_folder(tmp_path).problems] == []
    assert run("due", "2026-12-31", "1", "--registry", str(tmp_path)) == (0, "Tue 2027-01-05 24:00\n")
    assert "2027  registry" in run("show", "--registry", str(tmp_path))[1]


def test_a_notice_with_days_of_another_year_is_not_written(tmp_path: Path) -> None:
    code, _ = run("add", "2027", *NOTICE, *FILED, "--off", "元旦=2029-01-01", "--registry", str(tmp_path))
    assert code == 2
    assert list(tmp_path.rglob("*.yaml")) == []


_HEAD = (
    'apiVersion: govcloud/v1\nkind: {0}\nmetadata: {{id: {1}, filed_on: "2026-01-05", filed_by: office-clerk}}\nspec: '
)
_OFFICE = {
    "office": _HEAD.format("Organisation", "cloud-office") + "{name_zh: 区网信办, role: cloud_office}\n",
    "clerk": _HEAD.format("Person", "office-clerk")
    + '{organisation: cloud-office, roles: [{role: cloud_office, valid_from: "2018-01-01"}]}\n',
}
