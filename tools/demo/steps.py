"""One step of the demo's walk: documents filed, `broker` run as a person would, and how far the walk is."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.demo.deployment import ROOT

_BROKER = str(Path(sys.executable).with_name("broker"))
"""The command line as a person has it: the broker's commands and those of monitoring."""


class StepFailed(Exception):
    """A command of the broker did not end well."""


@dataclass(slots=True)
class Walk:
    """The walk so far. A second run does not walk again: time moves forward only."""

    home: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, told: str, do: Callable[[], None]) -> None:
        """Nothing; the step is done, now or in an earlier run."""
        reached = self.home / "walk.txt"
        done = reached.read_text(encoding="utf-8").splitlines() if reached.exists() else []
        if name in done:
            print(f"\n{name}  {told}\n     done in an earlier run", flush=True)
            return
        begun = time.monotonic()
        print(f"\n{name}  {told}", flush=True)
        do()
        self.seconds[name] = round(time.monotonic() - begun, 1)
        reached.write_text("".join(f"{line}\n" for line in [*done, name]), encoding="utf-8")
        print(f"     done in {self.seconds[name]:.0f} s", flush=True)

    def told(self, *arguments: str) -> str:
        """What `broker` printed when it did what it was asked to.

        Raises:
            StepFailed: It did not.
        """
        return self.plain(*arguments, "--home", str(self.home))

    def plain(self, *arguments: str) -> str:
        """As `told`, of a command that needs no deployment."""
        done = subprocess.run([_BROKER, *arguments], check=False, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise StepFailed(f"`broker {arguments[0]}` ended with exit code {done.returncode}; run `make demo` again")
        return done.stdout

    def broker(self, *arguments: str) -> None:
        """Nothing; `broker` did what it was asked to.

        Raises:
            StepFailed: It did not.
        """
        done = subprocess.run([_BROKER, *arguments, "--home", str(self.home)], check=False, cwd=ROOT)
        if done.returncode:
            raise StepFailed(f"`broker {arguments[0]}` ended with exit code {done.returncode}; run `make demo` again")
