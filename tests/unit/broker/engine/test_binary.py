from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from broker.engine import binary
from broker.errors import ToolMissing

if TYPE_CHECKING:
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
