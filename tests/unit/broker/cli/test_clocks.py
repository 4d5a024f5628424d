import json
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from broker.cli.app import app
from tests.unit.broker.registry.office import document, founded

EXAMPLES = Path(__file__).parents[4] / "examples" / "registry"


def run(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["clocks", str(EXAMPLES), *arguments])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_an_open_clock_is_one_line_with_state_last_day_party_and_article() -> None:
    lines = [line for line in run("--as-of", "2026-10-13T12:00") if "urban-v1-exit-2026" in line]
    assert len(lines) == 1
    assert lines[0].split()[:3] == ["running", "2026-10-15", "24:00"]
    assert {"provider-b", "C-12(二)"} <= set(lines[0].split())


def test_clocks_are_asked_for_by_role_or_organisation() -> None:
    by_role = run("--as-of", "2026-10-13T12:00", "--party", "ops_department")
    by_name = run("--as-of", "2026-10-13T12:00", "--party", "ops-centre")
    assert by_role == by_name
    assert 0 < len(by_role) < len(run("--as-of", "2026-10-13T12:00"))


def test_what_ended_is_shown_only_when_asked_for() -> None:
    assert not any(line.startswith("closed") for line in run("--as-of", "2026-10-13T12:00"))
    assert any(line.startswith("closed") for line in run("--as-of", "2026-10-13T12:00", "--all"))


def test_as_json_each_clock_is_one_object() -> None:
    found = [json.loads(line) for line in run("--as-of", "2026-10-13", "--json")]
    exit_ = next(clock for clock in found if clock["subject"] == "urban-v1-exit-2026")
    assert (exit_["clock"], exit_["last_day"], exit_["due_at"]) == ("exit", "2026-10-15", "2026-10-16T00:00:00+08:00")
    assert (exit_["provisional"], exit_["stopped_at"]) == (False, None)


def test_the_clocks_of_a_bare_repository_are_those_of_its_signed_documents(tmp_path: Path) -> None:
    office = founded(tmp_path / "registry")
    form = "{addressee: health, limit: 2026-11-30, demand: 整改}"
    path = office.write("findings/n.yaml", document("RectificationNotice", "signed", form))
    office.sign(path)
    office.write("findings/m.yaml", document("RectificationNotice", "unsigned", form))
    office.commit()
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(office.root), str(bare)], check=True)
    result = CliRunner().invoke(app, ["clocks", str(bare), "--as-of", "2026-11-25", "--party", "health"])
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if "rectification" in line]
    assert [line.split()[4] for line in lines] == ["signed"]


def test_since_an_earlier_look_only_what_calls_for_telling_is_shown() -> None:
    window = ("--since", "2026-10-13T12:00", "--as-of", "2026-10-16T00:00")
    lines = [line for line in run(*window) if "urban-v1-exit-2026" in line]
    assert [line.split()[:2] for line in lines] == [["escalation", "overdue"]]
    found = [json.loads(line) for line in run(*window, "--json")]
    assert {clock["call"] for clock in found} == {"escalation"}
    assert len({clock["key"] for clock in found}) == len(found)
    quiet = ["nothing calls for telling that did not so then"]
    assert run("--since", "2026-10-16T00:00", "--as-of", "2026-10-16") == quiet
