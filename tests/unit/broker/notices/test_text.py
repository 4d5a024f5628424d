"""Every topic and every clock in words: Chinese, with the article, full-width punctuation, nothing left out."""

import re
from typing import Any

import pytest

from broker.announcement import TOLD
from broker.clocks.raised import Call
from broker.clocks.table import CLOCKS
from broker.notices.directory import Directory
from broker.notices.text import Letter, NoWords, article_zh, letter, topics

KNOWN = Directory({"health": "区卫健委", "provider-a": "甲云公司"}, {"health": "unit", "provider-a": "provider"})
HALF_WIDTH = re.compile(r"[一-鿿][,;:?!()]|[,;?!()][一-鿿]")
RAISED = {"subject": "form-1", "role": "provider", "party": "provider-a", "last_day": "2026-06-01", "state": "overdue"}
RUN: dict[str, Any] = {
    "stack": "booking.extranet.provider-a",
    "unit": "health",
    "spec_digest": "d",
    "documents": ["form-1"],
}


def words(topic: str, body: dict[str, Any]) -> Letter:
    return letter("the-key", topic, body, ("health",), KNOWN)


def test_there_are_words_for_every_topic_and_for_no_other() -> None:
    of_runs = {"provisioned", "failed"}
    others = {"refused", "report", "drift"}
    assert set(topics()) == {*(told.topic for told in TOLD.values()), *map(str, Call), *of_runs, *others}


@pytest.mark.parametrize("call", list(Call))
@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.id)
def test_every_clock_is_told_with_article_day_and_what_expiry_means(call: Call, clock: Any) -> None:
    found = words(call, RAISED | {"clock": clock.id, "article": clock.article, "title_zh": clock.title_zh})
    assert found.text.startswith("区卫健委：\n")
    for said in (article_zh(clock.article), clock.title_zh, "甲云公司", "2026年6月1日24时", clock.expiry_zh, "the-key"):
        assert said in found.text
    assert not HALF_WIDTH.search(found.title + found.text)
    assert clock.expiry_zh.endswith("。")


@pytest.mark.parametrize("topic", ["provisioned", "failed"])
@pytest.mark.parametrize("reasons", [[], ["no valid host", "quota exceeded"]])
def test_how_a_run_ended_is_told(topic: str, reasons: list[str]) -> None:
    found = words(topic, RUN | {"reasons": reasons})
    assert "booking.extranet.provider-a" in found.title
    assert all(reason in found.text for reason in reasons) or topic == "provisioned"
    assert not HALF_WIDTH.search(found.title + found.text)


def test_a_drift_is_told_property_by_property_and_says_that_nothing_is_mended() -> None:
    changed = {"what": "changed", "resource": "server-web-1", "id": "s", "property": "power"}
    changed |= {"approved": "running", "found": "stopped"}
    gone = {"what": "gone", "resource": "address-www", "id": "f", "property": "", "approved": "", "found": ""}
    more = {"what": "unexplained", "resource": "Server by-hand", "id": "x", "property": "", "approved": "", "found": ""}
    body = {"stack": "booking.extranet.provider-a", "at": "2026-06-08T15:00:00+08:00", "more": 7}
    found = words("drift", body | {"findings": [changed, gone, more]})
    assert found.title == "云上资源与批准不一致：booking.extranet.provider-a"
    for said in (
        "2026年6月8日15:00",
        "《津南区政务云管理办法》第十二条第（一）项",
        "1．server-web-1的power：批准为【running】，实际为【stopped】。",
        "2．address-www：云上已不存在（f）。",
        "3．Server by-hand：没有任何文件载明（x）。",
        "另有7项",
        "不自行改回",
    ):
        assert said in found.text
    assert not HALF_WIDTH.search(found.title + found.text)


def test_a_report_is_handed_over_with_its_code_and_the_digest_of_every_file() -> None:
    files = [{"format": format_, "digest": f"sha256:{format_}", "size_bytes": 10} for format_ in ("pdf", "html")]
    body = {"report": "ops-2026-01", "title_zh": "日常管理月报", "article": "C-7(五)", "month": "2026-01"}
    found = words("report", body | {"party": "provider-a", "confirmation": "c", "code": "AB12", "files": files})
    assert found.title == "报告送达：2026年1月日常管理月报"
    assert all(said in found.text for said in ("AB12", "2．html，10字节，摘要 sha256:html", "第七条第（五）项"))
    assert not HALF_WIDTH.search(found.title + found.text)


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("C-2", "《津南区政务云管理办法》第二条"),
        ("C-10", "《津南区政务云管理办法》第十条"),
        ("C-12(二)", "《津南区政务云管理办法》第十二条第（二）项"),
        ("C-6(五).b", "《津南区政务云管理办法》第六条第（五）项"),
        ("C-20", "《津南区政务云管理办法》第二十条"),
        ("C-32", "《津南区政务云管理办法》第三十二条"),
        ("S-42", "《津南区政务信息资源共享管理暂行办法》第四十二条"),
        ("GB/T 22239", "GB/T 22239"),
    ],
)
def test_an_article_is_named_in_words(article: str, said: str) -> None:
    assert article_zh(article) == said


def test_a_message_that_lacks_what_its_words_tell_is_an_error_and_no_letter() -> None:
    with pytest.raises(NoWords, match="the-key"):
        words("suspension", {"article": "C-6(五)"})
    with pytest.raises(NoWords, match="no template for nonsense"):
        words("nonsense", {})


def test_what_people_wrote_is_told_as_they_wrote_it_and_never_read_as_a_template() -> None:
    body = RUN | {"reasons": ["{{ 7 * 7 }}", "<b>&"]}
    assert "{{ 7 * 7 }}" in words("failed", body).text
    assert "<b>&" in words("failed", body).text


def test_on_a_simulated_clock_every_title_says_so() -> None:
    found = letter("k", "provisioned", RUN, ("health",), Directory({}, {}, simulated=True))
    assert found.title.startswith("【模拟】")
