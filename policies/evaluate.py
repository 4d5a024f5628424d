"""All findings of a set of rules on one set of facts, and the digest that names the set."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.facts import Facts, Subject
from policies.rule import Break, Finding, Level, Rule

RULE_ERROR = "RULE_ERROR"


@dataclass(frozen=True)
class RuleBook:
    """A set of rules, looked up by code and by what they judge."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Rule]:
        """Each rule by its code."""
        return {rule.code: rule for rule in self.rules}

    def judging(self, subject: Subject) -> tuple[Rule, ...]:
        """The rules that judge documents of this subject."""
        return self._by_subject.get(subject, ())

    @cached_property
    def _by_subject(self) -> Mapping[Subject, tuple[Rule, ...]]:
        return {subject: tuple(rule for rule in self.rules if subject in rule.subjects) for subject in Subject}


def evaluate(rules: Iterable[Rule], facts: Facts) -> tuple[Finding, ...]:
    """Everything that the rules find, all at once, in a fixed order.

    A rule that raises refuses: what cannot be judged is not let through, and the finding names the rule to be mended.
    """
    found: list[Finding] = []
    for rule in rules:
        if facts.subject in rule.subjects:
            try:
                broken = tuple(rule.check(facts))
            except Exception as error:  # noqa: BLE001 - whatever a rule raises, the document must not pass by it
                found.append(_failed(rule, error))
            else:
                found += [_finding(rule, one) for one in broken]
    return tuple(sorted(found))


def _failed(rule: Rule, error: Exception) -> Finding:
    return Finding(
        code=RULE_ERROR,
        article=rule.article,
        field="",
        fact_zh=f"规则 {rule.code} 执行出错({type(error).__name__}: {error})",
        cure_zh="请通知平台管理员修复该规则后重新提交",
        level=Level.REFUSE,
    )


def _finding(rule: Rule, found: Break) -> Finding:
    return Finding(
        code=rule.code,
        article=rule.article,
        field=found.field,
        fact_zh=found.fact_zh,
        cure_zh=found.cure_zh or rule.cure_zh,
        level=found.level or rule.level,
    )


def rule_set_digest(rules: Iterable[Rule], sources: Iterable[str]) -> str:
    """`sha256:` digest of a rule set: every rule's declared parts, and the source text of the modules they stand in.

    The declared parts alone would not tell a changed threshold inside a check; the text alone would not tell which
    rules of a module were in force. `sources` is read by the caller, since nothing here does I/O.
    """
    seen = hashlib.sha256()
    for rule in sorted(rules, key=lambda r: r.code):
        may = (str(rule.waivable), str(rule.decidable))
        parts = (rule.code, rule.article, rule.basis, rule.level, *may, rule.owner, str(rule.since))
        seen.update("\x1f".join((*parts, *sorted(rule.subjects))).encode() + b"\x1e")
    for source in sorted(sources):
        seen.update(hashlib.sha256(source.encode()).digest())
    return f"sha256:{seen.hexdigest()}"
