"""The page of refusals, written from the rules, so that what is published is what is applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from policies.rule import Basis, Level, Rule

_HEAD = """# 不予受理的理由 · Refusals

Every rule that can refuse or hold a document, with its article, its words and its cure. This page is written from
`policies/catalogue.py` by `make docs`; a test keeps it so. The two examples of each rule are tests: they and more lie
in `tests/cases/decide/`, each a document filed after the demo district of `examples/registry/` and the answer to it.

C-n is the article of the district's cloud measures, S-n that of the data-sharing measures. *Text*: the article says it.
*Derived*: it is needed to carry the article out, or follows from another standard. *Waivable*: two people of the office
may lift it for one system and a time by a `Waiver`. *Decidable*: what it holds goes on by the office's `HoldDecision`.
"""

_BASIS: Final = {Basis.TEXT: "text · 条文", Basis.DERIVED: "derived · 推定"}
_LEVEL: Final = {Level.REFUSE: "refuse · 不予受理", Level.HOLD: "hold · 待决定"}
_NO_SUBJECT: Final = "the registry itself · 登记库"


@dataclass(frozen=True, slots=True)
class Example:
    """One test as the page shows it: where it is, why, and the document with what came before it, if it has one."""

    test: str
    """Path of the case file, or the id of a test function."""
    reason: str = ""
    document: str = ""
    """The document as YAML; empty where the test is no case file."""
    before: tuple[str, ...] = ()
    """Kind and id of what is filed before it."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a rule answers with a refusal, and what it lets pass."""

    refused: Example
    passed: Example


def refusals(rules: Iterable[Rule], examples: Mapping[str, Examples]) -> str:
    """The page in Markdown: a table of all codes, then one part per rule, in the order of the table given.

    Raises:
        KeyError: A rule has no examples.
    """
    rules = tuple(rules)
    table = ["| code | article | 理由 |", "|---|---|---|", *map(_row, rules)]
    parts = (_part(rule, examples[rule.code]) for rule in rules)
    return "\n".join([_HEAD, *table, "", *parts]).rstrip("\n") + "\n"


def _row(rule: Rule) -> str:
    return f"| [{rule.code}](#{rule.code.lower()}) | {rule.article} | {rule.title_zh} |"


def _part(rule: Rule, examples: Examples) -> str:
    subjects = ", ".join(sorted(rule.subjects)) or _NO_SUBJECT
    lines = [
        f"## {rule.code}",
        "",
        f"**{rule.title_zh}** — {rule.title}",
        "",
        f"- Article · 依据条款: {rule.article} ({_BASIS[rule.basis]})",
        f"- Source · 依据: {rule.source_zh}",
        f"- Cure · 补正: {rule.cure_zh} — {rule.cure}",
        f"- Level · 后果: {_LEVEL[rule.level]}; {_lifting(rule)}",
        f"- Asked of · 适用: {subjects}",
        f"- Owner · 负责: {rule.owner}",
        f"- Since · 自: {rule.since.isoformat()}",
        *_example("Refused · 不通过", examples.refused),
        *_example("Passes · 通过", examples.passed),
    ]
    return "\n".join(lines) + "\n"


def _lifting(rule: Rule) -> str:
    waivable = "waivable · 可例外" if rule.waivable else "never waivable · 不可例外"
    return f"{waivable}; decidable · 可个案决定" if rule.decidable else waivable


def _example(title: str, example: Example) -> list[str]:
    before = f"; after {', '.join(example.before)}" if example.before else ""
    told = f"{title}: {example.reason} (`{example.test}`{before})" if example.reason else f"{title}: `{example.test}`"
    if not example.document:
        return ["", told]
    return ["", told, "", "```yaml", *example.document.rstrip("\n").splitlines(), "```"]
