"""What stays when the gateway stops, and what stands in where it cannot be had."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ceph.conftest import Gateway
from tools import processes
from tools.ceph import gateway
from tools.ceph.errors import GatewayError
from tools.ceph.layout import Layout, user_cache
from tools.debian import PackagesMissing

pytestmark = pytest.mark.cloud


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = Layout(tmp_path / "state")
    yield layout
    gateway.reset(layout)


def kill(pid: int) -> None:
    """End it as a power cut would, and wait: for a moment after the signal it still looks alive."""
    process = processes.find(pid)
    assert process is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while processes.is_running(process):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_data_and_keys_outlive_a_kill(layout: Layout) -> None:
    before = Gateway(layout, gateway.up(layout, user_cache()))
    keys = before.keys()
    client = before.client(keys["access_key"], keys["secret_key"])
    client.create_bucket(Bucket="kept")
    client.put_object(Bucket="kept", Key="paper", Body=b"still here")
    for pid in before.endpoints.pids.values():
        kill(pid)
    after = Gateway(layout, gateway.up(layout, user_cache()))
    assert after.keys() == keys
    assert after.endpoints.s3_url == before.endpoints.s3_url
    assert client.get_object(Bucket="kept", Key="paper")["Body"].read() == b"still here"
    gateway.down(layout)
    with pytest.raises(GatewayError, match="holds data of bluestore"):
        gateway.up(layout, user_cache(), store="memstore")


def test_without_packages_it_says_what_is_missing(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(PackagesMissing, match="this machine has no apt-get; cure:"):
        gateway.up(layout, tmp_path / "cache")
    assert gateway.read(layout) is None


def test_the_light_server_takes_its_place_and_says_so(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    lines: list[str] = []
    endpoints = gateway.up(layout, tmp_path / "cache", lines.append, fallback=True)
    assert (endpoints.kind, endpoints.admin_url) == ("moto", None)
    assert gateway.read(layout) == endpoints
    assert any("moto" in line and "enforces no policy" in line for line in lines)
    assert processes.running(layout.pid_file("moto"))
    gateway.down(layout)
    assert processes.running(layout.pid_file("moto")) is None
