"""Admission of requests and forms: schema and all rules, alone and beside the same rules in OPA.

    python -m bench.admission [--papers 10000] [--opa]

The demo district as it stood on a day of 2026, read from its papers; each document is judged after all of them. Ours
is timed from JSON text to findings with field, fact and cure: schema, gathering of facts, rules. OPA (built from Go
modules into the cache, one process, `bench/peers/opa`) gets its documents decoded and the facts gathered before its
clock starts, and gives codes alone. Exit status 1 if something malformed is let through, or the two decide otherwise.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from bench import build
from bench.requests import SERVERS, Paper, papers, request
from broker.admit import admit
from broker.clock import SHANGHAI
from broker.decide.case import Case
from broker.decide.decide import decide
from broker.decide.facts import facts_of
from broker.documents.envelope import Spec
from broker.documents.kinds import DOCUMENTS
from broker.estate.platform import platform_of
from broker.papers import ROOT, rule_set
from broker.registry.filed import Filed, Registry
from policies.catalogue import RULES
from policies.evaluate import RuleBook, evaluate
from policies.facts import Facts
from tools.demo.history import paper_of

AS_OF = datetime(2026, 11, 10, 9, tzinfo=SHANGHAI)
EXAMPLES = ROOT / "examples" / "registry"
REGO = Path(__file__).parent / "peers" / "opa" / "admission.rego"
KINDS = ("OnboardingRequest", "ServiceIntentForm")
ALONE = 2_000
_FACTS = TypeAdapter(Facts)
BOOK = RuleBook(RULES)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to a document: the codes of its findings, or that it is malformed."""

    codes: frozenset[str]
    malformed: bool = False

    @property
    def admitted(self) -> bool:
        """Whether it went through."""
        return not self.codes and not self.malformed


def district() -> Case:
    """What is around a document that is filed after the demo district's papers."""
    found = [paper_of(EXAMPLES, path).filed for path in sorted(EXAMPLES.rglob("*.yaml"))]
    before = [f for f in found if f.document.metadata.filed_on <= AS_OF.date()]
    order = sorted(before, key=lambda f: (f.document.metadata.filed_on, f.path))
    registry = Registry("0" * 40, tuple(_numbered(order)))
    platform = platform_of(registry)
    return Case(registry, platform, admit(registry, platform, rule_set(), AS_OF, simulated=True).standing, AS_OF)


def _numbered(filed: Iterable[Filed[Spec]]) -> Iterator[Filed[Spec]]:
    for sequence, one in enumerate(filed):
        yield Filed(one.document, one.path, one.digest, "0" * 40, sequence)


def judge(kind: str, text: str, case: Case) -> Answer:
    """The answer to a document's kind and JSON text, as the parse cache keeps them: its schema, then every rule."""
    filed = _parsed(kind, text)
    if filed is None:
        return Answer(frozenset(), malformed=True)
    return Answer(frozenset(finding.code for finding in decide(filed, case, BOOK).findings))


def kind_of(text: str) -> str:
    """The kind that the document says it is of; known before it is judged, as OPA's documents are decoded before."""
    return str(from_json(text).get("kind"))


def _parsed(kind: str, text: str) -> Filed[Spec] | None:
    try:
        document = DOCUMENTS[kind].model_validate_json(text)
    except (KeyError, ValidationError):
        return None
    return Filed(document, "cases/bench/paper.yaml", "sha256:" + "0" * 64, "0" * 40, 1 << 30)


def alone(case: Case) -> Iterator[str]:
    """Milliseconds of one request with ten servers."""
    text = json.dumps(request("school-bus", "education", SERVERS, zone="internet"), ensure_ascii=False)
    spent, kind = [], kind_of(text)
    for _ in range(ALONE):
        begun, used = time.perf_counter(), time.process_time()
        judge(kind, text, case)
        spent.append((time.perf_counter() - begun, time.process_time() - used))
    wall, cpu = (sorted(one[part] for one in spent) for part in (0, 1))
    median, slow = (1000 * wall[ALONE * part // 100] for part in (50, 99))
    answer, cpu_ms = sorted(judge(kind, text, case).codes) or "admitted", 1000 * sum(cpu) / ALONE
    yield f"one request with {SERVERS} servers: {median:.2f} ms (99 %: {slow:.2f}), CPU {cpu_ms:.2f} ms; {answer}"


def mixed(asked: Sequence[Paper], case: Case) -> tuple[list[Answer], float, float]:
    """The answers to all of them, with seconds and CPU seconds."""
    told = [(kind_of(paper.text), paper.text) for paper in asked]
    begun, used = time.perf_counter(), time.process_time()
    answers = [judge(kind, text, case) for kind, text in told]
    return answers, time.perf_counter() - begun, time.process_time() - used


def alike(asked: Sequence[Paper], case: Case) -> tuple[float, float]:
    """Seconds and CPU seconds of schema and rules where the facts are given, as they are to OPA."""
    known = []
    for paper in asked:
        filed = _parsed(kind_of(paper.text), paper.text)
        known.append(
            (paper.text, filed.kind if filed else KINDS[0], facts_of(filed, case, BOOK.by_code) if filed else None)
        )
    begun, used = time.perf_counter(), time.process_time()
    for text, kind, facts in known:
        try:
            DOCUMENTS[kind].model_validate_json(text)
        except ValidationError:
            continue
        if facts is not None:
            evaluate(BOOK.judging(facts.subject), facts)
    return time.perf_counter() - begun, time.process_time() - used


def faults(asked: Sequence[Paper], answers: Sequence[Answer]) -> list[str]:
    """Documents that were answered otherwise than they must be."""
    pairs = zip(asked, answers, strict=True)
    return [f"{answer}: {paper}" for paper, answer in pairs if not _as_it_must(paper, answer)]


def _as_it_must(paper: Paper, answer: Answer) -> bool:
    if paper.malformed or answer.malformed:
        return paper.malformed and answer.malformed
    return not paper.code or paper.code in answer.codes


def by_opa(asked: Sequence[Paper], case: Case) -> tuple[list[Answer], dict[str, dict[str, float]]]:
    """OPA's answers, and what it spent on the `rules` alone and on `schema_and_rules`: `wall_s`, `cpu_s`."""
    program = build.ensure("opa") / "opa"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        schemas = {kind: DOCUMENTS[kind].model_json_schema() for kind in KINDS}
        (folder / "schemas.json").write_text(json.dumps(schemas), encoding="utf-8")
        lines = (json.dumps(_input(paper, case), ensure_ascii=False) for paper in asked)
        (folder / "inputs.jsonl").write_text("\n".join(lines), encoding="utf-8")
        command = [str(program), str(REGO), *(str(folder / n) for n in ("schemas.json", "inputs.jsonl", "out.jsonl"))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        decided = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    answers = [Answer(frozenset() if d["malformed"] else frozenset(d["codes"]), d["malformed"]) for d in decided]
    spent: dict[str, dict[str, float]] = json.loads(done.stdout)
    return answers, spent


def _input(paper: Paper, case: Case) -> dict[str, Any]:
    filed = _parsed(kind_of(paper.text), paper.text)
    facts = facts_of(filed, case, BOOK.by_code) if filed else None
    told = json.loads(_FACTS.dump_json(facts)) if facts else {}
    return {"document": json.loads(paper.text), "facts": told}


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.admission", description=__doc__.partition("\n")[0])
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--opa", action="store_true", help="build OPA and let it judge the same")
    given = parser.parse_args(arguments)
    case, asked = district(), tuple(papers(given.papers))
    print(f"load of the machine {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    for line in alone(case):
        print(line)
    answers, wall, cpu = mixed(asked, case)
    wrong = faults(asked, answers)
    counted = Counter("malformed" if a.malformed else "admitted" if a.admitted else "refused" for a in answers)
    print(f"{len(asked)} mixed: {wall:.2f} s, CPU {cpu:.2f} s; {dict(counted)}; {len(wrong)} answered wrongly")
    if given.opa:
        theirs, spent = by_opa(asked, case)
        apart = [(p, a, o) for p, a, o in zip(asked, answers, theirs, strict=True) if a != o]
        given_wall, given_cpu = alike(asked, case)
        print(f"ours where the facts are given, as they are to OPA: {given_wall:.2f} s, CPU {given_cpu:.2f} s")
        for what, theirs_s in spent.items():
            of_all = f"of our whole {theirs_s['wall_s'] / wall:.1f} x, CPU {theirs_s['cpu_s'] / cpu:.1f} x"
            of_given = f"of ours with given facts {theirs_s['wall_s'] / given_wall:.1f} x"
            of_given += f", CPU {theirs_s['cpu_s'] / given_cpu:.1f} x"
            print(f"OPA, {what}: {theirs_s['wall_s']:.2f} s, CPU {theirs_s['cpu_s']:.2f} s; {of_all}; {of_given}")
        print(f"decided otherwise: {len(apart)}")
        wrong += [f"{a} / OPA {o}: {p}" for p, a, o in apart]
    for line in wrong[:10]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
