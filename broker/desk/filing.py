"""What a person does at the desk: draft a decision, sign it, throw a draft away."""

from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from broker.clock import day_of
from broker.desk.cabinet import OFFICE, Cabinet, Draft
from broker.desk.vocabulary import BARS, FAULTS
from broker.documents.cases import OnboardingRequestSpec
from broker.documents.fields import DocumentNumber
from broker.drafts.decision import Ruling, Verdict, decision, matter_of
from broker.drafts.draft import Filing
from broker.errors import CannotDraft
from broker.problem import Problem
from broker.registry.git import git
from broker.signing import KeySource, Signed, sign

_NUMBER: Final[TypeAdapter[str]] = TypeAdapter(DocumentNumber)


class NotDone(CannotDraft):
    """What was asked of the desk cannot be done. Said in Chinese: officers read it."""


def draft(cabinet: Cabinet, folder: Path, case: str, ruling: Ruling) -> str:
    """The id of the decision that was drafted and written into the folder.

    Raises:
        NotDone: The person does not act for the office, or the form lacks something.
        CannotDraft: The ruling does not fit the case.
    """
    if OFFICE not in cabinet.roles:
        raise NotDone(f"{cabinet.person} 没有区网信办的职责，不能拟定决定。")
    if lacking := _lacking(cabinet, case, ruling):
        raise NotDone("".join(lacking))
    made = decision(cabinet.registry, case, ruling, Filing(cabinet.person, day_of(cabinet.at)))
    target = folder / made.path
    if target.exists():
        raise NotDone(f"{made.path} 已经存在，请先查看该文件。")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(made.text, encoding="utf-8")
    return made.id


def _lacking(cabinet: Cabinet, case: str, ruling: Ruling) -> list[str]:
    """What a person most often forgets in the form; the rest is said by who drafts the decision."""
    found = []
    if ruling.verdict is not Verdict.APPROVED and not ruling.reason:
        found.append("不同意或退回补正的，应当写明理由。")
    if ruling.conditions and ruling.verdict is not Verdict.APPROVED:
        found.append("只有同意的决定可以附条件。")
    if isinstance(matter_of(cabinet.registry, case).spec, OnboardingRequestSpec) and not ruling.number:
        found.append("入云批复应当填写文号，例如：津南网信批〔2026〕11号。")
    if ruling.number and not _numbered(ruling.number):
        found.append(f"文号“{ruling.number}”格式不对，例如：津南网信批〔2026〕11号。")
    return found


def _numbered(number: str) -> bool:
    try:
        _NUMBER.validate_python(number)
    except ValidationError:
        return False
    return True


def put_name(cabinet: Cabinet, folder: Path, paper: Draft, shown: str, source: KeySource) -> None:
    """Nothing; the draft is signed as it was shown, or left as it was. `shown`: its digest on the page.

    Raises:
        NotDone: The person cannot sign it, its text is another one by now, or the broker would refuse the signature.
        SettingsError: The key cannot be had.
    """
    if paper.role is None:
        raise NotDone(f"{BARS.get(paper.bar, paper.bar)}。")
    done = sign([folder / paper.filed.path], cabinet.person, paper.role, source, {shown})
    faults = [fault for one in done for fault in (one.faults if isinstance(one, Signed) else (one,))]
    if faults:
        for one in done:
            _taken_back(one)
        raise NotDone(f"没有签署：{FAULTS.get(faults[0].code, faults[0].fact)}。")


def throw_away(cabinet: Cabinet, folder: Path, paper: Draft) -> None:
    """Nothing; the draft is gone with its signatures. Only who filed it may, and only while it is not committed.

    Raises:
        NotDone: Another filed it, or it is committed.
    """
    filed_by = paper.filed.document.metadata.filed_by
    if filed_by != cabinet.person:
        raise NotDone(f"本件由 {filed_by} 拟办，只能由其本人作废。")
    paths = paths_of(paper)
    if git(folder, "ls-files", "--", *paths).strip():
        raise NotDone("本件已经送交，不能作废，只能另行成文撤销。")
    for path in paths:
        (folder / path).unlink(missing_ok=True)


def paths_of(paper: Draft) -> list[str]:
    """The files of a draft: the document and its signatures."""
    return [paper.filed.path, *(signature.path for signature in paper.filed.signatures)]


def _taken_back(done: Signed | Problem) -> None:
    if isinstance(done, Signed):
        done.path.unlink(missing_ok=True)
