"""The desk in a real browser: what officers see, press and sign, and what a hostile page can do to it."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.fixtures.chancery import CLERK, DIRECTOR, Chancery, copied, founded
from tests.fixtures.open_desk import OpenDesk, desk_of, hosted
from tools.chromium.browser import browser as chromium

PATIENCE_MS = 180_000
"""How long a busy machine may take for a page."""
NUMBER = "津南网信批〔2026〕11号"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = chromium(tmp_path_factory.mktemp("browser"))
    with sync_playwright() as playwright:
        options = {"executable_path": str(found.program), "args": list(found.options), "env": found.environment}
        opened = playwright.chromium.launch(**options, timeout=PATIENCE_MS)  # type: ignore[arg-type]  # of several types
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 800})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Chancery:
    return founded(tmp_path_factory.mktemp("chancery"))


@pytest.fixture
def office(_template: Chancery, tmp_path: Path) -> Chancery:
    return copied(_template, tmp_path / "office")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of an ssh-agent of its own, which ends with the test."""
    path = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it says its address once it listens
        yield path
        process.terminate()


def drafted(page: Page, desk: OpenDesk) -> None:
    """The clerk looks at the case, and drafts its approval."""
    page.goto(desk.address)
    assert page.locator("section", has_text="待决定的事项").locator("tbody tr").count() == 2
    page.click("a[href$='case/booking-request']")
    effect = page.locator("section", has_text="批准后将发生什么")
    assert effect.locator("tr", has_text="区卫健委 配额").locator("td").all_inner_texts()[2:] == ["100", "100", "90"]
    assert "500.00" in effect.locator("table").last.inner_text()
    page.check("input[value=approved]")
    page.fill("input[name=number]", NUMBER)
    page.fill("textarea[name=conditions]", "上线前通过测评")
    page.click("button:text('拟定')")


def test_a_case_is_decided_signed_by_the_agent_and_handed_in_without_a_command_line(
    page: Page, office: Chancery, agent: Path
) -> None:
    host = hosted(office)
    with desk_of(CLERK, office.root) as desk:
        drafted(page, desk)
        assert "您参与了拟办或申请，须由他人签署" in page.inner_text("main")
        assert page.locator("button:text('签署')").count() == 0
    subprocess.run(["ssh-add", "-q", office.key(DIRECTOR)], env={**os.environ, "SSH_AUTH_SOCK": str(agent)}, check=True)
    with desk_of(DIRECTOR, office.root, "--agent", agent) as desk:
        page.goto(desk.address)
        page.locator("section", has_text="待我签署").locator("a").click()
        assert NUMBER in page.inner_text(".content")
        page.click("button:text('签署')")
        assert "签名已齐全" in page.inner_text("main")
        page.click("text=待办 >> nth=0")
        page.click("button:text('送交 1 件')")
        assert "推送至 origin/main" in page.inner_text("[role=status]")
    assert office.git("--git-dir", str(host), "log", "-1", "--format=%an") == DIRECTOR
    code, said = office.verify()
    assert code == 0, said


def test_a_key_file_with_a_password_signs_once_the_password_is_right(page: Page, office: Chancery) -> None:
    key = office.key(DIRECTOR)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "keep it", "-f", key], check=True)
    with desk_of(CLERK, office.root) as desk:
        drafted(page, desk)
    with desk_of(DIRECTOR, office.root, "--key", key) as desk:
        for password, said in (("", "请输入密码"), ("wrong", "密钥无法使用"), ("keep it", "签名已齐全")):
            page.goto(desk.address)
            page.locator("section", has_text="待我签署").locator("a").click()
            page.fill("input[name=password]", password)
            page.click("button:text('签署')")
            assert said in page.inner_text("main")


def test_what_changed_while_the_page_was_open_is_not_signed(page: Page, office: Chancery) -> None:
    with desk_of(CLERK, office.root) as desk:
        drafted(page, desk)
    with desk_of(DIRECTOR, office.root, "--key", office.key(DIRECTOR)) as desk:
        page.goto(desk.address)
        page.locator("section", has_text="待我签署").locator("a").click()
        (paper,) = office.root.glob("cases/booking-request/*approval.yaml")
        paper.write_text(paper.read_text().replace("上线前", "上线后"))
        page.click("button:text('签署')")
        assert "显示之后有改动" in page.inner_text("[role=alert]")
    assert not list(office.root.glob("cases/booking-request/*.sig"))


@contextlib.contextmanager
def site(folder: Path) -> Iterator[str]:
    """Another site in the same browser."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Nothing is said."""

    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_another_site_that_knows_the_address_can_neither_press_a_button_nor_show_the_desk(
    page: Page, office: Chancery, tmp_path: Path
) -> None:
    with desk_of(CLERK, office.root) as desk, site(tmp_path) as elsewhere:
        (tmp_path / "form.html").write_text(
            f'<meta charset="utf-8"><form method="post" action="{desk.address}case/booking-request/decide">'
            '<input name="verdict" value="refused"><input name="reason" value="x">'
            '<input name="number" value="RY-2026-011">'
            "<button>press</button></form>"
        )
        (tmp_path / "frame.html").write_text(f'<iframe src="{desk.address}"></iframe>')
        page.goto(f"{elsewhere}/form.html")
        with page.expect_navigation() as came:
            page.click("button")
        assert came.value.status == 403
        page.goto(f"{elsewhere}/frame.html")
        assert "预约挂号" not in page.frames[-1].content()
    assert office.git("status", "--porcelain") == ""


@pytest.mark.parametrize("width", [1024, 1920])
def test_no_page_is_wider_than_its_window_and_no_script_runs(browser: Browser, office: Chancery, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_default_timeout(PATIENCE_MS)
    with desk_of(CLERK, office.root) as desk:
        for path in ("", "case/booking-request"):
            page.goto(desk.address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("getComputedStyle(document.querySelector('section')).borderRadius") == "8px"
            assert page.locator("script").count() == 0
    page.close()
