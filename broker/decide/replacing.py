"""The facts about a filing that takes the place of another, or takes one back (C-12(一))."""

from collections.abc import Iterator

from broker.decide.case import Case
from broker.documents.dealings import FilingWithdrawalSpec
from broker.documents.envelope import Nature, Spec
from broker.registry.filed import Filed
from policies.facts import GapFact


def replacing_gaps(filed: Filed[Spec], case: Case) -> Iterator[GapFact]:
    """What was approved is no longer the unit's to correct or to take back; what was returned or refused is."""
    if filed.spec.nature is not Nature.FILING:
        return
    metadata = filed.document.metadata
    for field, name in (("supersedes", metadata.supersedes), ("withdraws", metadata.withdraws)):
        if name in case.standing.approved:
            cure = "请区网信办撤回批准，或就已批准的系统另行填报意向表"
            yield GapFact(f"metadata.{field}", f"{name} 已经批准，不能由使用单位替代或撤回", cure)
    if isinstance(filed.spec, FilingWithdrawalSpec) and metadata.withdraws is None:
        yield GapFact("metadata.withdraws", "没有写明撤回哪一份文件", "在 metadata.withdraws 填写所撤回文件的编号")
