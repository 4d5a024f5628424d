"""What must be proven or mended before a system goes on: tests, assessment, high risks (C-6(五), C-10, C-11, C-18)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _tested(facts: Facts) -> Iterator[Break]:
    tests = facts.tests
    if tests is None:
        return
    for part in tests.missing_zh:
        yield Break(tests.field, f"没有{part}测试的报告")
    for part in tests.failed_zh:
        yield Break(tests.field, f"{part}测试未通过")


def _assessed(facts: Facts) -> Iterator[Break]:
    found = facts.protection
    if found is None:
        return
    if found.assessed_grade is None:
        yield Break(found.field, f"没有等级保护{found.grade}级的测评")
    elif found.assessed_grade < found.grade:
        yield Break(found.field, f"最近一次测评按{found.assessed_grade}级进行，系统为{found.grade}级")
    elif not found.passed:
        yield Break(found.field, "最近一次等级保护测评未通过")
    elif found.valid_until and found.day and found.valid_until < found.day:
        yield Break(found.field, f"等级保护测评已于{found.valid_until}到期")


def _high_risk(facts: Facts) -> Iterator[Break]:
    for finding in facts.open_findings:
        yield Break(finding.field, f"{finding.about} 的高风险问题{finding.finding}尚未整改验收")


def _opinion(facts: Facts) -> Iterator[Break]:
    opinion = facts.opinion
    if opinion is None:
        return
    if not opinion.attached:
        yield Break("spec.finder_opinion", f"没有附上发现{opinion.finding}一方的意见")
    if not opinion.agrees and not opinion.reasoned:
        yield Break("spec.reason", f"发现{opinion.finding}一方不同意，验收没有书面理由")


TEST_NOT_PASSED = Rule(
    code="TEST_NOT_PASSED",
    article="C-11(三)",
    basis=Basis.TEXT,
    source_zh="对业务信息系统的功能、性能及安全进行符合性测试……通过后正式部署上线",
    title_zh="符合性测试没有全部通过",
    title="not all three parts of the conformance test are passed",
    cure_zh="补齐功能、性能、安全三项测试，通过后再上线；测试资源可以延期",
    cure="pass the function, performance and security tests first; test resources may be extended",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.GO_LIVE}),
    since=FROM_THE_START,
    check=_tested,
)

MLPS_NOT_ASSESSED = Rule(
    code="MLPS_NOT_ASSESSED",
    article="C-18",
    basis=Basis.TEXT,
    source_zh="业务信息系统正式运行前或系统变更导致安全等级发生变化时，应按规定开展信息安全测评工作",
    title_zh="没有有效的等级保护测评",
    title="there is no valid assessment of the system's grade",
    cure_zh="先开展相应等级的测评并报送结果(ProtectionAssessment)",
    cure="have the system assessed at its grade and file the result (ProtectionAssessment)",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.GO_LIVE, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_assessed,
)

HIGH_RISK_OPEN = Rule(
    code="HIGH_RISK_OPEN",
    article="C-6(五)",
    basis=Basis.DERIVED,
    source_zh="风险等级较高的，暂停系统运行直至整改完成；安全监管服务商定期提供相关报告(第十条)",
    title_zh="高风险问题尚未整改验收",
    title="a high risk is open",
    cure_zh="先完成整改，由区网信办附发现方意见验收(RectificationAcceptance)",
    cure="mend it, and have the office accept that with the finder's opinion (RectificationAcceptance)",
    level=Level.HOLD,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_APPROVAL, Subject.GO_LIVE, Subject.RESUMPTION}),
    since=FROM_THE_START,
    check=_high_risk,
)

OPINION_MISSING = Rule(
    code="OPINION_MISSING",
    article="C-6(五)",
    basis=Basis.DERIVED,
    source_zh="暂停系统运行直至整改完成；第十条由安全监管服务商检查并报告",
    title_zh="高风险整改验收缺少发现方意见或书面理由",
    title="the acceptance of a high risk lacks the finder's opinion, or the reason to go against it",
    cure_zh="附上发现方意见(finder_opinion)；与其意见不一致的，写明理由并由两人签署",
    cure="attach the finder's opinion; against it, write the reason and have two people sign",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.RECTIFICATION_ACCEPTANCE}),
    since=FROM_THE_START,
    check=_opinion,
)

RULES = (TEST_NOT_PASSED, MLPS_NOT_ASSESSED, HIGH_RISK_OPEN, OPINION_MISSING)
