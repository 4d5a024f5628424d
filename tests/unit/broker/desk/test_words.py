import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.desk.fields import VALUES
from broker.desk.words import differing, moot, told
from broker.documents.envelope import Spec
from broker.documents.kinds import SPECS
from broker.documents.names import KINDS_ZH
from broker.estate.moot import Moot
from broker.estate.system import Lifecycle
from broker.registry.parse import Parsed, parse
from tests.fixtures.demo_district import at

VALID = Path(__file__).parents[3] / "cases" / "registry" / "valid"
UNTRANSLATED = frozenset({"vCPU", "CPU", "SHA-512"})
TECHNICAL = re.compile(r"govcloud/v1|[0-9.]+|tcp|udp|icmp|swift|ceph|linux|windows|x86_64|aarch64|loongarch64")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_kind_of_document_and_every_field_has_a_chinese_name(spec: type[Spec]) -> None:
    parsed = parse((VALID / f"{spec.kind}.yaml").read_bytes(), f"{spec.folder}/{spec.kind}.yaml")
    assert isinstance(parsed, Parsed)
    names = {name.split(" ")[0] for _, name, _ in told(parsed.document.spec, {})}
    assert {name for name in names if name.isascii()} - UNTRANSLATED == set()
    assert spec.kind in KINDS_ZH


def words_of(schema: Any) -> Iterator[str]:
    """Every fixed word that a document may have somewhere."""
    if isinstance(schema, dict):
        yield from (word for word in [*schema.get("enum", ()), schema.get("const")] if isinstance(word, str))
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        yield from words_of(part)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_word_that_a_document_chooses_from_has_a_chinese_one(spec: type[Spec]) -> None:
    words = {word for word in words_of(spec.model_json_schema()) if not TECHNICAL.fullmatch(word)}
    assert words - VALUES.keys() == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mbps=20 -> 50", "带宽（Mbps）：20 → 50"),
        ("lifecycle=filed -> approved provider=provider-a", "阶段：已申请 → 已批准；服务商：provider-a"),
        ("size_gib=100 tier=standard attached=yes", "容量（GiB）：100；层或性能：普通；挂载：是"),
        ("lifecycle=production -> compelled", "阶段：正式运行 → 强制停运"),
        ("closed=- -> yes", "关闭公网访问：无 → 是"),
        (
            "readers=none -> hall, school read_by=- -> health/hall",
            "可读取的系统：无 → hall, school；实际读取的系统：无 → health/hall",
        ),
        ("read_by=health/hall -> nobody", "实际读取的系统：health/hall → 无"),
        ("quota_gib=- -> 50", "限额（GiB）：无 → 50"),
        ("", ""),
    ],
)
def test_a_difference_is_told_in_chinese(text: str, shown: str) -> None:
    assert differing(text) == shown


@pytest.mark.parametrize(
    ("stage", "by", "shown"),
    [
        (Lifecycle.SUSPENDED, "s", "late（2026年11月19日 10:00起生效）：hall 届时已暂停（依据 s），该决定未起作用"),
        (None, None, "late（2026年11月19日 10:00起生效）：hall 届时不存在，该决定未起作用"),
    ],
)
def test_an_order_that_changes_nothing_is_told_in_chinese(stage: Lifecycle | None, by: str | None, shown: str) -> None:
    assert moot(Moot("late", "hall", "spec.system", at("2026-11-19T10:00"), stage, by)) == shown


def test_a_field_has_the_name_that_it_has_in_its_kind_of_document() -> None:
    parsed = parse((VALID / "CompulsoryMeasureOrder.yaml").read_bytes(), "findings/CompulsoryMeasureOrder.yaml")
    assert isinstance(parsed, Parsed)
    lines = {name: value for _, name, value in told(parsed.document.spec, {})}
    assert (lines["处理方式"], lines["措施内容"]) == ("关闭公网访问", "关闭公网访问，直至整改完成")
