"""The page of refusals, written from the rules, so that what is published is what is applied."""

from collections.abc import Iterable

from policies.rule import Basis, Level, Rule

_HEAD = """# 不予受理的理由 · Refusals

Every rule that can refuse or hold a document, with its article, its words and its cure. This page is written from
`policies/catalogue.py` by `policies.pages.refusals`; a test keeps it so.

C-n is the article of the district's cloud measures, S-n that of the data-sharing measures. *Text*: the article says it.
*Derived*: it is needed to carry the article out, or follows from another standard.
"""

_BASIS = {Basis.TEXT: "text · 条文", Basis.DERIVED: "derived · 推定"}
_LEVEL = {Level.REFUSE: "refuse · 不予受理", Level.HOLD: "hold · 待决定"}
_NO_SUBJECT = "the registry itself · 登记库"


def refusals(rules: Iterable[Rule]) -> str:
    """The page in Markdown: a table of all codes, then one part per rule, in the order of the table given."""
    rules = tuple(rules)
    table = ["| code | article | 理由 |", "|---|---|---|", *map(_row, rules)]
    return "\n".join([_HEAD, *table, "", *map(_part, rules)]).rstrip("\n") + "\n"


def _row(rule: Rule) -> str:
    return f"| [{rule.code}](#{rule.code.lower()}) | {rule.article} | {rule.title_zh} |"


def _part(rule: Rule) -> str:
    subjects = ", ".join(sorted(rule.subjects)) or _NO_SUBJECT
    lines = [
        f"## {rule.code}",
        "",
        f"**{rule.title_zh}** — {rule.title}",
        "",
        f"- Article · 依据条款: {rule.article} ({_BASIS[rule.basis]})",
        f"- Source · 依据: {rule.source_zh}",
        f"- Cure · 补正: {rule.cure_zh} — {rule.cure}",
        f"- Level · 后果: {_LEVEL[rule.level]}; {'waivable · 可例外' if rule.waivable else 'not waivable · 不可例外'}",
        f"- Asked of · 适用: {subjects}",
        f"- Since · 自: {rule.since.isoformat()}",
    ]
    return "\n".join(lines) + "\n"
