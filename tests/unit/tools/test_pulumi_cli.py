"""The CLI is found, downloaded or built; programs of others (go, pulumi, the release's server) are small fakes."""

import hashlib
import io
import json
import platform
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.pulumi_cli import VERSION, Found, NotFound, ensure, locate
from tools.pulumi_cli.found import PulumiUnavailable, digest
from tools.pulumi_cli.places import Places
from tools.pulumi_cli.release import ARCHITECTURES
from tools.pulumi_cli.toolchain import needed, numbers

NOBODY = "http://127.0.0.1:9"
PULUMI = f"#!/bin/sh\necho v{VERSION}\n"
GO = f"""#!/bin/sh
case $1 in
env) echo go99.1 ;;
list) echo some/package; echo "go: downloading some v1" >&2 ;;
build) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho v{VERSION}\\n' > "$2"; chmod +x "$2" ;;
esac
"""
BROKEN_GO = """#!/bin/sh
[ "$1" = env ] && { echo go99.1; exit; }
echo "some/package: missing go.sum entry" >&2; exit 1
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH besides the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "cache")


@pytest.fixture
def release(tmp_path: Path) -> Iterator[str]:
    """The URL of a release as Pulumi publishes it."""
    folder = tmp_path / "release"
    folder.mkdir()
    archive = folder / f"pulumi-v{VERSION}-linux-{ARCHITECTURES[platform.machine()]}.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        member = tarfile.TarInfo("pulumi/pulumi")
        member.size = len(PULUMI)
        files.addfile(member, io.BytesIO(PULUMI.encode()))
    (folder / f"pulumi-{VERSION}-checksums.txt").write_text(f"{digest(archive)}  {archive.name}\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_pinned_version_on_path_is_used(programs: Path, places: Places) -> None:
    pulumi = program(programs, "pulumi", PULUMI)
    found = locate(places)
    assert found == Found(pulumi, "path", digest(pulumi), VERSION, "on PATH in the pinned version")
    assert ensure(places, NOBODY) == found


def test_another_version_on_path_is_named_and_not_used(programs: Path, places: Places) -> None:
    pulumi = program(programs, "pulumi", "#!/bin/sh\necho v3.1.0\n")
    found = locate(places)
    assert isinstance(found, NotFound)
    assert found.tried[0] == f"PATH has {pulumi} in version 3.1.0, {VERSION} is needed"
    assert found.cure == "python -m tools.pulumi_cli ensure"


def test_looking_writes_nothing(programs: Path, places: Places) -> None:
    assert programs.is_dir()
    assert isinstance(locate(places), NotFound)
    assert not places.cache.exists()


def test_a_published_release_is_downloaded_once(programs: Path, places: Places, release: str) -> None:
    assert programs.is_dir()
    found = ensure(places, release)
    assert (found.path, found.how, found.version) == (places.binary, "download", VERSION)
    assert ensure(places, NOBODY) == found == locate(places)
    recorded = json.loads(places.provenance.read_text())
    assert sorted(recorded) == ["built_at", "go_version", "how", "sha256", "version"]
    assert recorded["sha256"] == hashlib.sha256(PULUMI.encode()).hexdigest()


def test_a_release_that_is_not_what_was_published_is_not_used(
    programs: Path, places: Places, release: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(programs, "go", GO)
    (archive,) = (tmp_path / "release").glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes() + b"more")
    assert ensure(places, release).how == "build"
    assert "published is" in capsys.readouterr().err


def test_without_a_release_it_is_built(programs: Path, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    program(programs, "go", GO)
    found = ensure(places, NOBODY)
    assert (found.path, found.how) == (places.binary, "build")
    assert "by go99.1" in found.why
    assert "Connection refused; building it instead" in capsys.readouterr().err
    assert not places.go.exists()


def test_a_build_that_ends_badly_shows_the_end_of_its_log(programs: Path, places: Places) -> None:
    program(programs, "go", BROKEN_GO)
    with pytest.raises(PulumiUnavailable, match=r"missing go\.sum entry"):
        ensure(places, NOBODY)
    assert isinstance(locate(places), NotFound)


def test_a_damaged_one_is_found_out_and_made_again(programs: Path, places: Places) -> None:
    program(programs, "go", GO)
    ensure(places, NOBODY)
    places.binary.write_text("#!/bin/sh\necho something else\n")
    damaged = locate(places)
    assert isinstance(damaged, NotFound)
    assert "damaged" in damaged.tried[1]
    assert ensure(places, NOBODY) == locate(places)


def test_what_an_interrupted_run_left_is_cleared_away(programs: Path, places: Places) -> None:
    program(programs, "go", GO)
    (places.home / "work-left").mkdir(parents=True)
    ensure(places, NOBODY)
    assert sorted(entry.name for entry in places.home.iterdir()) == ["bin", "lock"]


def test_two_at_a_time_build_once(programs: Path, places: Places) -> None:
    count = programs / "count"
    program(programs, "go", GO.replace("build)", f"build) echo >> {count};"))
    runs = [threading.Thread(target=ensure, args=(places, NOBODY)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert count.read_text() == "\n"


def test_the_committed_modules_ask_for_this_version() -> None:
    go_mod = Path(__file__).parents[3] / "tools/pulumi_cli/go.mod"
    assert f"github.com/pulumi/pulumi/pkg/v3 v{VERSION} " in go_mod.read_text()
    assert needed() >= (1, 25)


@pytest.mark.parametrize(
    ("version", "parts"), [("go1.26.8", (1, 26, 8)), ("go1.27", (1, 27)), ("go1.26.8-custom", (1, 26, 8))]
)
def test_go_versions_compare_as_numbers(version: str, parts: tuple[int, ...]) -> None:
    assert numbers(version) == parts
