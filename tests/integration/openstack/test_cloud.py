"""Bringing the cloud up and down: what is kept, what is left alone, what is refused."""

import hashlib
import json
import socket
from pathlib import Path

import pytest
from openstack.connection import Connection

from tests.integration.openstack.conftest import Sandbox
from tools import processes
from tools.openstack import cloud, daemons
from tools.openstack.__main__ import main
from tools.openstack.catalogue import PORT_COUNT, SERVICES
from tools.openstack.errors import SandboxError
from tools.openstack.layout import Cache, Layout, user_cache
from tools.openstack.seed import resources, seeds

pytestmark = [
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

OWNER_ONLY = 0o600


@pytest.mark.cloud
def test_a_second_up_starts_only_what_ended_and_keeps_the_rest(sandbox: Sandbox) -> None:
    assert processes.stop(sandbox.layout.pid_file("placement"))
    again = cloud.up(sandbox.layout, user_cache(), sandbox.lines.append)
    changed = {name for name, pid in again.pids.items() if sandbox.endpoints.pids[name] != pid}
    assert changed == {"placement"}
    assert again.port_base == sandbox.endpoints.port_base
    assert all(service.listening for service in cloud.status(sandbox.layout))


@pytest.mark.cloud
def test_seeding_again_creates_nothing(broker: Connection, sandbox: Sandbox) -> None:
    cloud.up(sandbox.layout, user_cache(), sandbox.lines.append)
    assert len(list(broker.image.images())) == len(seeds.load().images)
    assert len(list(broker.compute.flavors())) == len(seeds.load().flavors)
    subnets = broker.network.subnets(project_id=broker.current_project_id)
    assert len(list(subnets)) == len(seeds.load().networks)


@pytest.mark.cloud
def test_images_are_active_and_carry_the_checksum_of_their_content(broker: Connection) -> None:
    image = broker.image.find_image("debian-12", ignore_missing=False)
    assert image.status == "active"
    content = broker.image.get(f"/images/{image.id}/file").content
    assert content == resources.image_content("debian-12")
    assert image.checksum == hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.mark.cloud
def test_passwords_are_for_the_owner_only_and_never_printed(sandbox: Sandbox) -> None:
    layout = sandbox.layout
    for file in (layout.secrets, layout.clouds_yaml, layout.endpoints, layout.etc / "nova.conf"):
        assert file.stat().st_mode & 0o777 == OWNER_ONLY, file
    passwords = json.loads(layout.secrets.read_text()).values()
    assert len(set(passwords)) == 3
    assert not [line for line in sandbox.lines if any(password in line for password in passwords)]


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(SandboxError, match="holds other files"):
        cloud.up(Layout(tmp_path), user_cache(), print)
    cloud.reset(Layout(tmp_path), print)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_reset_forgets_the_cloud_and_nothing_else(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    cloud.claim(layout.state)
    layout.lock.touch()
    layout.port_base.write_text("15000")
    layout.logs.mkdir()
    (tmp_path / "letter.txt").write_text("mine")
    cloud.reset(layout, print)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_port_taken_by_another_is_an_error_that_names_it(tmp_path: Path) -> None:
    base = processes.free_port_block(PORT_COUNT)
    taken = socket.create_server((processes.LOOPBACK, base + 3))
    with taken, pytest.raises(SandboxError, match=f"port {base + 3} is taken"):
        daemons.refuse_taken_ports(Layout(tmp_path), base)


def test_without_an_index_the_error_says_what_is_missing_and_what_cures_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    lines: list[str] = []
    with pytest.raises(SandboxError, match=r"182 pinned packages.*UV_DEFAULT_INDEX"):
        cloud.install(Cache(tmp_path / "cache"), lines.append)
    assert not Cache(tmp_path / "cache").installed.exists()


def test_a_service_on_demand_is_started_where_it_was_asked_for_and_stays(tmp_path: Path) -> None:
    plain, balanced = Layout(tmp_path / "plain"), Layout(tmp_path / "balanced")
    for layout, also in ((plain, []), (balanced, ["octavia"]), (balanced, [])):
        layout.state.mkdir(exist_ok=True)
        daemons.choose(layout, also)
    assert "octavia" not in {service.name for service in daemons.of_cloud(plain)}
    assert {service.name for service in daemons.of_cloud(balanced)} == {service.name for service in SERVICES}


def test_status_of_no_cloud_is_said_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--state", str(tmp_path)]) == 3
    assert "no cloud in" in capsys.readouterr().out
