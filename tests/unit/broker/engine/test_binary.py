from __future__ import annotations

import asyncio
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from broker.engine import binary
from broker.errors import ToolMissing

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


def program(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    path = folder / "pulumi"
    path.write_text(f"#!/bin/sh\necho v{version}\n")
    path.chmod(0o755)
    return path


def kept(cache: Path) -> Path:
    path = program(cache / "govcloud-broker" / "pulumi" / binary.VERSION / "bin", binary.VERSION)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("provenance.json").write_text(json.dumps({"version": binary.VERSION, "sha256": digest}))
    return path


async def test_the_pinned_version_on_the_path_comes_first(tmp_path: Path) -> None:
    kept(tmp_path / "cache")
    path = program(tmp_path / "bin", binary.VERSION)
    assert await binary.find(str(tmp_path / "bin"), tmp_path / "cache") == binary.Binary(
        path, binary.VERSION, binary.How.PATH
    )


async def test_another_version_on_the_path_gives_way_to_the_kept_one(tmp_path: Path) -> None:
    path = kept(tmp_path / "cache")
    program(tmp_path / "bin", "3.258.0")
    found = await binary.find(str(tmp_path / "bin"), tmp_path / "cache")
    assert (found.path, found.how) == (path, binary.How.CACHE)


async def test_a_damaged_binary_is_not_used_and_the_message_says_what_each_place_has(tmp_path: Path) -> None:
    kept(tmp_path / "cache").write_text("#!/bin/sh\nexit 0\n")
    program(tmp_path / "bin", "3.258.0")
    with pytest.raises(ToolMissing, match=r"in version 3\.258\.0.*is damaged"):
        await binary.find(str(tmp_path / "bin"), tmp_path / "cache")


async def test_the_digest_of_a_file_is_worked_out_once_and_again_once_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = kept(tmp_path / "cache"), list[str]()
    worked_out = hashlib.file_digest

    def counted(stream: BufferedReader, name: str) -> Any:
        read.append(name)
        return worked_out(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    for _ in range(3):
        assert (await binary.find("", tmp_path / "cache")).path == path
    assert read == ["sha256"]
    before = path.stat()
    await asyncio.sleep(0.02)  # the kernel's clock for files ticks every few milliseconds
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    with pytest.raises(ToolMissing, match="is damaged"):
        await binary.find("", tmp_path / "cache")


@pytest.mark.parametrize("text", ["", "[]", "null", '{"file": 1}', "{}"])
async def test_a_damaged_note_of_the_digest_is_as_none(tmp_path: Path, text: str) -> None:
    path = kept(tmp_path / "cache")
    path.with_name("digest.json").write_text(text)
    assert (await binary.find("", tmp_path / "cache")).path == path
    assert json.loads(path.with_name("digest.json").read_text())["sha256"]


async def test_a_folder_that_may_not_be_written_is_read_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(tmp_path / "cache")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", full)
    assert (await binary.find("", tmp_path / "cache")).path == path
