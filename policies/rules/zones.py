"""Zones, flows and addresses (C-2)."""

from collections.abc import Iterator

from policies.facts import Facts, FlowFact, Subject, ZoneFact
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START

_ASKING = frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM})


def _zone(facts: Facts) -> Iterator[Break]:
    for zone in facts.zones:
        if zone.public_addresses and not zone.allows_public_addresses:
            yield Break(zone.field, f"在{zone.zone_zh}申请了{zone.public_addresses}个公网地址")
        if not zone.has_cloud:
            yield Break(
                zone.field,
                f"所选服务商在{zone.zone_zh}没有云资源池",
                cure_zh="改选在该分区有资源池的服务商，或改用其他分区",
            )
        if zone.unusual_zh:
            yield _unusual(zone)


def _unusual(zone: ZoneFact) -> Break:
    """主要 is the default, not a ban: with a reason it is held for the office's decision (reading R17)."""
    fact = f"{zone.zone_zh}的部署{zone.unusual_zh}"
    if zone.reasoned:
        cure = "由区网信办作出待决事项决定(HoldDecision)后重新提交，或改用另一分区"
        return Break(zone.field, fact, cure_zh=cure, level=Level.HOLD)
    return Break(zone.field, fact, cure_zh="改用另一分区，或在该分区的 reason 中说明理由，由区网信办决定")


def _flows(facts: Facts) -> Iterator[Break]:
    for flow in facts.flows:
        yield from _ends(flow)
        if flow.source.public and flow.target.zone == "extranet":
            yield Break(
                flow.field,
                f"访问关系 {flow.id} 使公众直接访问电子政务外网区",
                cure_zh="公众访问须先到互联网区，再经批准的访问关系进入外网区",
            )


def _ends(flow: FlowFact) -> Iterator[Break]:
    for name, end in (("source", flow.source), ("target", flow.target)):
        if not end.exists:
            yield Break(f"{flow.field}.{name}", f"访问关系 {flow.id} 的一端“{end.text}”不存在")


def _addresses(facts: Facts) -> Iterator[Break]:
    for overlap in facts.overlaps:
        if overlap.outside:
            yield Break(overlap.field, f"网段 {overlap.cidr} 不在 {overlap.other} 之内")
        else:
            yield Break(overlap.field, f"网段 {overlap.cidr} 与 {overlap.other} 重叠")


ZONE_MISMATCH = Rule(
    code="ZONE_MISMATCH",
    article="C-2",
    basis=Basis.TEXT,
    source_zh="电子政务外网区……互联网区主要面向公众",
    title_zh="资源与分区不符",
    title="what is asked for does not suit the zone",
    cure_zh="公网地址只能在互联网区申请：将面向公众的部分放入互联网区",
    cure="public addresses exist only in the internet zone: place the public part there",
    level=Level.REFUSE,
    waivable=False,
    subjects=_ASKING | {Subject.STACK},
    since=FROM_THE_START,
    check=_zone,
    decidable=True,
)

FLOW_NOT_APPROVED = Rule(
    code="FLOW_NOT_APPROVED",
    article="C-2",
    basis=Basis.TEXT,
    source_zh="两区之间通过安全措施按需互通",
    title_zh="访问关系不成立",
    title="the flow cannot be permitted",
    cure_zh="写明两端实际存在的系统、分区与层，或平台登记的外部网络名称",
    cure="name ends that exist: a system's tier in a zone, or a network that the platform documents name",
    level=Level.REFUSE,
    waivable=False,
    subjects=_ASKING,
    since=FROM_THE_START,
    check=_flows,
)

ADDRESS_OVERLAP = Rule(
    code="ADDRESS_OVERLAP",
    article="C-2",
    basis=Basis.DERIVED,
    source_zh="两区之间按需互通，须能逐一辨识两端地址",
    title_zh="网段重叠或超出地址池",
    title="subnets overlap, or lie outside the zone's pool",
    cure_zh="改用 broker assign 给出的空闲网段",
    cure="take the free subnet that `broker assign` proposes",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ASSIGNMENT}),
    since=FROM_THE_START,
    check=_addresses,
)

RULES = (ZONE_MISMATCH, FLOW_NOT_APPROVED, ADDRESS_OVERLAP)
