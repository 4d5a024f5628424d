import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.cli.template import template
from broker.documents.kinds import SPECS
from broker.documents.records import Admitted
from broker.problem import Severity
from broker.registry.parse import Parsed, Refused, parse
from broker.registry.placeholders import CODE
from broker.registry.read import read_folder
from broker.registry.records import append
from broker.signatures.key import generate
from tests.unit.broker.registry.office import NOW, REQUEST, document, founded

VALID = Path(__file__).parents[3] / "cases" / "registry" / "valid"
FOLDERS = {spec.kind: spec.folder for spec in SPECS}


def texts(raw: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every text of a form: its field path, and where it is to be changed."""
    members = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, member in members:
        path = f"{name}[{key}]" if isinstance(raw, list) else f"{name}.{key}".removeprefix(".")
        if isinstance(member, str):
            yield path, raw, key
        yield from texts(member, path)


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_every_placeholder_of_a_template_is_told_where_it_stands(kind: str) -> None:
    text = template(kind)
    wanted = {path for path, holder, key in texts(yaml.safe_load(text)) if holder[key] == "…"}
    refused = parse(text.encode(), f"{FOLDERS[kind]}/x.yaml")
    assert isinstance(refused, Refused)
    found = [problem for problem in refused.problems if problem.code == CODE]
    assert {problem.place.field for problem in found} == wanted
    lines = text.splitlines()
    for problem in found:
        rest = lines[problem.place.line - 1][problem.place.column - 1 :]
        field = re.split(r"[.\[]", problem.place.field)[-1]
        assert rest.startswith((f"{field}: …", "…")), problem
    named = [problem.place.field for problem in refused.problems]
    assert len(named) == len(set(named)), "one problem for each field"


@pytest.mark.parametrize("kind", sorted(FOLDERS))
@pytest.mark.parametrize("placeholder", ["…", "......", " … ", "…\n", "\n\u3000…\t"])
def test_a_placeholder_in_any_text_of_a_form_is_refused_there(kind: str, placeholder: str) -> None:
    raw = yaml.safe_load((VALID / f"{kind}.yaml").read_text(encoding="utf-8"))
    for path, holder, key in texts(raw):
        before, holder[key] = holder[key], placeholder
        done = parse(json.dumps(raw, default=str).encode(), f"{FOLDERS[kind]}/x.yaml")
        holder[key] = before
        assert isinstance(done, Refused), path
        if path not in {"apiVersion", "kind"} and not path.endswith((".kind", ".action", ".purpose")):
            assert (CODE, path) in [(problem.code, problem.place.field) for problem in done.problems]


def test_a_text_that_only_has_such_dots_in_it_is_none() -> None:
    raw = yaml.safe_load((VALID / "Finding.yaml").read_text(encoding="utf-8"))
    raw["metadata"]["note"] = "见附件……"
    assert isinstance(parse(json.dumps(raw).encode(), "findings/x.yaml"), Parsed)


def test_a_form_with_a_placeholder_never_enters_and_one_that_was_let_in_before_stays(tmp_path: Path) -> None:
    office = founded(tmp_path / "registry")
    form = document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk", more=", note: …")
    office.write("cases/r.yaml", form)
    drafted = read_folder(office.root)
    (problem,) = [problem for problem in drafted.problems if problem.code == CODE]
    assert (drafted.get("r"), problem.severity, problem.place.field) == (None, Severity.REFUSED, "metadata.note")
    office.commit()
    assert office.registry().get("r") is None
    parsed = parse(form.encode(), "cases/r.yaml")
    assert isinstance(parsed, Refused)
    assert parsed.unfinished is not None
    record = Admitted(
        document=parsed.unfinished.digest,
        id="r",
        commit=office.git("rev-parse", "HEAD"),
        sequence=90,
        as_of=NOW,
        rule_set="sha256:" + "1" * 64,
        admitted=True,
    )
    append(office.root, [record], generate(tmp_path / "broker-key"), NOW)
    merged = office.registry()
    (problem,) = [problem for problem in merged.problems if problem.code == CODE]
    assert (merged.get("r") is not None, problem.severity) == (True, Severity.NOTICE)
