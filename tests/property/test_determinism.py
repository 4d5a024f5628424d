"""The same documents give the same records, estate and specs, byte for byte, on any machine and in any file order."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "folded.py"
EXAMPLES = Path(__file__).parents[2] / "examples" / "registry"
MACHINES = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "POSIX", "PYTHONUTF8": "0"}
    | {"PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"},
    {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONOPTIMIZE": "1"},
)


def folded(seed: int, machine: dict[str, str]) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **machine}
    command = [sys.executable, str(SCRIPT), str(EXAMPLES), str(seed)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def test_the_fold_is_the_same_on_every_machine_and_in_every_order_of_files() -> None:
    found = {folded(seed, machine) for seed, machine in enumerate(MACHINES)}
    assert len(found) == 1
    documents, systems, specs, _ = found.pop().split()
    assert (int(documents) > 40, int(systems) >= 10, int(specs) >= 10) == (True, True, True)
