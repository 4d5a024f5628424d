"""Who may talk to the desk, tried by plain HTTP from this machine."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from broker.desk.serve import signpost
from tests.fixtures.chancery import CLERK, Chancery, founded
from tests.fixtures.open_desk import OpenDesk, desk_of

TIMEOUT_S = 120


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OpenDesk, Chancery]]:
    office = founded(tmp_path_factory.mktemp("office"))
    with desk_of(CLERK, office.root) as opened:
        yield opened, office


def test_the_first_page_opens_with_the_token_and_shows_what_waits(desk: tuple[OpenDesk, Chancery]) -> None:
    page = requests.get(desk[0].address, timeout=TIMEOUT_S)
    assert (page.status_code, "待决定的事项" in page.text, "预约挂号" in page.text) == (200, True, True)


@pytest.mark.parametrize("path", ["/", "/wrong/", "/desk.css", "/%00/", "/wrong/case/booking-request"])
def test_without_the_token_there_is_no_page(desk: tuple[OpenDesk, Chancery], path: str) -> None:
    answer = requests.get(desk[0].origin + path, timeout=TIMEOUT_S)
    assert (answer.status_code, "预约" in answer.text) == (404, False)


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1"])
def test_another_name_for_this_machine_is_not_answered(desk: tuple[OpenDesk, Chancery], host: str) -> None:
    answer = requests.get(desk[0].address, headers={"Host": host}, timeout=TIMEOUT_S)
    assert (answer.status_code, "预约" in answer.text) == (421, False)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost"])
def test_a_form_of_another_site_does_nothing(desk: tuple[OpenDesk, Chancery], origin: str | None) -> None:
    opened, office = desk
    headers = {} if origin is None else {"Origin": origin}
    data = {"verdict": "refused", "reason": "x", "number": "RY-2026-011", "seal": "x"}
    where = f"{opened.address}case/booking-request/decide"
    assert requests.post(where, data=data, headers=headers, timeout=TIMEOUT_S).status_code == 403
    assert office.git("status", "--porcelain") == ""


@pytest.mark.parametrize("seal", ["", "x", "seal"])
def test_a_form_without_the_desks_seal_does_nothing(desk: tuple[OpenDesk, Chancery], seal: str) -> None:
    opened, office = desk
    data = {"verdict": "refused", "reason": "x", "number": "RY-2026-11", "seal": seal}
    where = f"{opened.address}case/booking-request/decide"
    answer = requests.post(where, data=data, headers={"Origin": opened.origin}, timeout=TIMEOUT_S)
    assert answer.status_code == 403
    assert office.git("status", "--porcelain") == ""


def test_a_form_that_is_too_long_is_not_read(desk: tuple[OpenDesk, Chancery]) -> None:
    opened, _ = desk
    where = f"{opened.address}hand-in"
    answer = requests.post(where, data={"reason": "x" * 100_000}, headers={"Origin": opened.origin}, timeout=TIMEOUT_S)
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_desk_is_read_and_posted_to_and_nothing_else(desk: tuple[OpenDesk, Chancery], method: str) -> None:
    assert requests.request(method, desk[0].address, timeout=TIMEOUT_S).status_code == 405


def test_a_button_is_not_pressed_by_a_link(desk: tuple[OpenDesk, Chancery]) -> None:
    assert requests.get(f"{desk[0].address}hand-in", timeout=TIMEOUT_S).status_code == 405


@pytest.mark.parametrize("path", ["", "desk.css", "case/booking-request", "case/nothing", "draft/nothing"])
def test_every_answer_forbids_scripts_frames_and_copies(desk: tuple[OpenDesk, Chancery], path: str) -> None:
    answer = requests.get(desk[0].address + path, timeout=TIMEOUT_S)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["case/nothing", "draft/nothing", "case/../../etc", "case/<b>"])
def test_a_case_that_is_not_there_is_said_and_no_tag_of_its_name_passes(
    desk: tuple[OpenDesk, Chancery], path: str
) -> None:
    answer = requests.get(desk[0].address + path, timeout=TIMEOUT_S)
    assert (answer.status_code, "<b>" in answer.text) == (404, False)


def test_a_request_for_no_path_at_all_is_refused(desk: tuple[OpenDesk, Chancery]) -> None:
    with socket.create_connection(("127.0.0.1", desk[0].port), timeout=TIMEOUT_S) as line:
        line.sendall(f"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:{desk[0].port}\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(64).startswith(b"HTTP/1.1 404")


def test_the_page_that_leads_to_the_desk_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    page = signpost(tmp_path, "http://127.0.0.1:1/secret/")
    assert (page.stat().st_mode & 0o777, "/secret/" in page.read_text()) == (0o600, True)
    assert "secret" not in page.as_uri()


def test_a_word_that_is_no_verdict_is_refused(desk: tuple[OpenDesk, Chancery]) -> None:
    opened, office = desk
    page = requests.get(f"{opened.address}case/booking-request", timeout=TIMEOUT_S).text
    seal = page.split('name="seal" value="')[1].split('"')[0]
    where = f"{opened.address}case/booking-request/decide"
    data = {"verdict": "granted", "number": "RY-2026-011", "seal": seal}
    answer = requests.post(where, data=data, headers={"Origin": opened.origin}, timeout=TIMEOUT_S)
    assert (answer.status_code, "请选择" in answer.text) == (409, True)
    assert office.git("status", "--porcelain") == ""


def test_only_this_machines_own_address_is_listened_on(desk: tuple[OpenDesk, Chancery]) -> None:
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", desk[0].port))


def test_a_folder_that_is_no_clone_is_said(tmp_path: Path, desk: tuple[OpenDesk, Chancery]) -> None:
    code, said = desk[1].broker("desk", "--as", CLERK, "--registry", tmp_path, "--no-browser")
    assert (code, "no clone of a registry" in said) == (2, True)


def test_a_port_that_is_taken_is_said(desk: tuple[OpenDesk, Chancery]) -> None:
    opened, office = desk
    code, said = office.broker("desk", "--as", CLERK, "--registry", office.root, "--port", opened.port, "--no-browser")
    assert (code, "another --port" in said) == (2, True)
