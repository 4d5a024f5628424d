"""D-05 to its end: the package is compared with what the unit once put there, signed for, and the system is wiped."""

import hashlib
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from tools.demo.content import PHOTOS, content
from tools.demo.history import History
from tools.demo.steps import StepFailed, Walk

STACK = "urban-v1.extranet.provider-b"
FORM = "urban-v1-exit-2026"
FILED_AS = "cases/2026/d-05-urban-v1-exit/hand-over.yaml"
PACKED, WIPED = "2026-11-26T10:00", "2026-11-27T09:00"


def hand_over(walk: Walk, history: History, signed_at: datetime) -> None:
    """Nothing; the unit has its data and has signed, and nothing of the system is left."""
    folder = walk.home / "hand-over"
    shutil.rmtree(folder, ignore_errors=True)
    walk.broker("hand-over", FORM, "--to", str(folder), "--filed-by", "urban-mgmt-clerk", "--as-of", PACKED)
    _compare(folder)
    history.file_paper(FILED_AS, (folder / "hand-over.yaml").read_text(encoding="utf-8"), signed_at)
    walk.broker("reconcile", "--as-of", WIPED)
    walk.broker("backup", "--stack", STACK, "--as-of", WIPED)


def _compare(folder: Path) -> None:
    """The files against what was put into the bucket, not against what the broker says of them."""
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "extranet-objects.sha256"], cwd=folder, check=False, capture_output=True
    )
    files = {key: folder / "extranet" / "objects" / key for key in PHOTOS}
    wrong = [key for key, path in files.items() if not path.exists() or _sum(path.read_bytes()) != _sum(content(key))]
    if wrong or checked.returncode:
        raise StepFailed(f"the package differs from what the unit put there: {wrong or checked.stdout.decode()}")
    print(f"     {len(files)} objects compared with what the unit put there: every SHA-256 is the same", flush=True)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
