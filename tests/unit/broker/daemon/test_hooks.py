"""The door for git hosts over real HTTP: only who has the secret wakes the daemon, whatever else is sent."""

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from broker.daemon import hooks
from broker.daemon.hooks import door
from broker.daemon.http import listening
from broker.errors import SettingsError

SECRET, OTHER = "a secret of the office", "another"
BODY = b'{"ref": "refs/heads/main"}'


@dataclass
class Bell:
    address: str = ""
    rung: int = 0
    answers: bool = True
    health: dict[str, Any] = field(default_factory=lambda: {"ok": True})

    async def ring(self) -> bool:
        self.rung += 1
        return self.answers

    async def told(self) -> tuple[bool, Mapping[str, Any]]:
        return bool(self.health["ok"]), self.health

    async def post(self, host: str, headers: Mapping[str, str], body: bytes = BODY) -> int:
        def send() -> int:
            return requests.post(f"{self.address}/hooks/{host}", data=body, headers=headers, timeout=120).status_code

        return await asyncio.to_thread(send)


@pytest.fixture
async def bell() -> AsyncIterator[Bell]:
    bell = Bell()
    async with listening(door(SECRET, bell.ring, bell.told), "127.0.0.1:0") as address:
        bell.address = address
        yield bell


def signed(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


RIGHT = {
    "gitlab": {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "Push Hook"},
    "github": {"X-Hub-Signature-256": f"sha256={signed()}", "X-GitHub-Event": "push"},
    "gitea": {"X-Gitea-Signature": signed(), "X-Gitea-Event": "push"},
}


@pytest.mark.parametrize("host", RIGHT)
async def test_a_call_with_the_secret_wakes_the_daemon_however_often_it_is_sent(bell: Bell, host: str) -> None:
    assert [await bell.post(host, RIGHT[host]) for _ in range(3)] == [202, 202, 202]
    assert bell.rung == 3


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("gitlab", {}),
        ("gitlab", {"X-Gitlab-Token": ""}),
        ("gitlab", {"X-Gitlab-Token": SECRET[:-1]}),
        ("gitlab", {"X-Gitlab-Token": "密".encode().decode("latin-1")}),
        ("github", {}),
        ("github", {"X-Hub-Signature-256": signed()}),
        ("github", {"X-Hub-Signature-256": f"sha256={signed(BODY, OTHER)}"}),
        ("github", {"X-Hub-Signature": f"sha1={hmac.new(SECRET.encode(), BODY, 'sha1').hexdigest()}"}),
        ("github", {"X-Hub-Signature-256": f"sha256={signed(b'another body')}"}),
        ("gitea", {}),
        ("gitea", {"X-Gitea-Signature": f"sha256={signed()}"}),
        ("gitea", {"X-Gitea-Signature": signed().upper()}),
        ("gitea", {"X-Gitlab-Token": SECRET}),
    ],
)
async def test_who_has_not_the_secret_wakes_nobody(bell: Bell, host: str, headers: Mapping[str, str]) -> None:
    assert await bell.post(host, headers) == 401
    assert bell.rung == 0


async def test_a_body_may_be_anything_that_is_signed(bell: Bell) -> None:
    for body in (b"", b"\xff\x00 no json", b"[" * 100_000):
        assert await bell.post("gitea", {"X-Gitea-Signature": signed(body)}, body) == 202


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(bell: Bell) -> None:
    length = {"Content-Length": str(hooks.MAX_BODY_BYTES + 1)}

    def status() -> bytes:
        host, port = bell.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as line:
            head = "".join(
                f"{name}: {value}\r\n" for name, value in {**RIGHT["gitlab"], **length, "Host": host}.items()
            )
            line.sendall(f"POST /hooks/gitlab HTTP/1.1\r\n{head}\r\n".encode())
            return line.recv(64)

    assert b" 413 " in await asyncio.to_thread(status)
    assert bell.rung == 0


async def test_a_body_without_a_length_is_cut_off_at_the_limit(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MAX_BODY_BYTES", 10_000)

    def send() -> int:
        pieces = iter([b"x" * 1000] * 11)
        address = f"{bell.address}/hooks/gitlab"
        return requests.post(address, data=pieces, headers=RIGHT["gitlab"], timeout=120).status_code

    assert await asyncio.to_thread(send) == 413
    assert bell.rung == 0


async def test_a_body_that_does_not_come_is_not_waited_for(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "BODY_S", 0.2)

    def status() -> bytes:
        host, port = bell.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as line:
            line.sendall(f"POST /hooks/gitea HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nabc".encode())
            return line.recv(64)

    assert b" 408 " in await asyncio.to_thread(status)


async def test_a_queue_that_does_not_answer_is_told_to_the_host(bell: Bell) -> None:
    bell.answers = False
    assert await bell.post("gitlab", RIGHT["gitlab"]) == 503


async def test_there_is_no_other_door(bell: Bell) -> None:
    assert await bell.post("bitbucket", RIGHT["gitlab"]) == 404
    answer = await asyncio.to_thread(requests.get, f"{bell.address}/hooks/gitlab", timeout=120)
    assert answer.status_code == 405


async def test_health_is_told_to_whoever_asks(bell: Bell) -> None:
    answer = await asyncio.to_thread(requests.get, f"{bell.address}/healthz", timeout=120)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    bell.health = {"ok": False, "told": "the ledger is away"}
    answer = await asyncio.to_thread(requests.get, f"{bell.address}/healthz", timeout=120)
    assert (answer.status_code, answer.json()["told"]) == (503, "the ledger is away")


def test_a_door_without_a_secret_is_not_opened() -> None:
    with pytest.raises(ValueError, match="open to everybody"):
        door("", Bell().ring, Bell().told)


@pytest.mark.parametrize("listen", ["8620", "localhost", ":80", "127.0.0.1:http"])
async def test_an_address_that_is_none_is_named(listen: str) -> None:
    with pytest.raises(SettingsError, match="HOST:PORT"):
        async with listening(door(SECRET, Bell().ring, Bell().told), listen):
            pass


async def test_an_address_that_another_has_is_named(bell: Bell) -> None:
    with pytest.raises(SettingsError, match="cannot be had"):
        async with listening(door(SECRET, bell.ring, bell.told), bell.address.removeprefix("http://")):
            pass
