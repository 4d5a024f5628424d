"""`python -m tools.story`: tells the demo district's year. Needs no cloud, no ledger and no network."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from broker.clock import SHANGHAI
from broker.documents.envelope import Spec
from broker.papers import rule_set
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.read import read_commit
from broker.registry.records import append
from broker.signatures.key import generate
from tools.demo.deployment import ROOT, SANDBOX
from tools.demo.history import History, paper_of
from tools.story.telling import Names, closing, lines, opening
from tools.story.year import Moment, moments

HOME = SANDBOX / "story"
EXAMPLES = ROOT / "examples" / "registry"
STORY = ROOT / "examples" / "story"
OPENS = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
"""The first day on which everything that the district stands on is in the registry."""
ENDS = datetime(2026, 12, 31, 18, tzinfo=SHANGHAI)
SIGNING = ("provider-a-operator", "provider-b-operator", "supervisor-a-inspector")


def main(home: Path = HOME) -> int:
    """The exit code. The registry with the year's records is left in `home`, for the commands of `broker`."""
    tell(home)
    where = home.relative_to(ROOT) if home.is_relative_to(ROOT) else home
    print(f"\nlook at:\n  .venv/bin/broker clocks {where}/registry --as-of 2026-08-01 --all")
    print(f"  .venv/bin/broker balance RY-2026-011 --home {where} --as-of {ENDS:%Y-%m-%dT%H:%M}")
    print(f"  .venv/bin/broker verify {where}/registry")
    return 0


def tell(home: Path) -> tuple[Moment, ...]:
    """Every moment of the year, told on stdout as it comes."""
    told: list[Moment] = []
    registry = filed(home)
    names = Names(registry)
    for moment in moments(registry, tuple(proposed()), rule_set(), OPENS, ENDS):
        for line in lines(moment, names) if told else opening(moment):
            print(line)
        told.append(moment)
    for line in closing(tuple(told)):
        print(line)
    keep(home, told)
    return tuple(told)


def filed(home: Path) -> Registry:
    """The year's papers as a signed git registry in `home`, made anew; signatures judged.

    Raises:
        RegistryBroken: A document or signature of the examples does not hold.
    """
    shutil.rmtree(home, ignore_errors=True)
    history = History(home / "registry", home / "keys", EXAMPLES, STORY / "merged", signing=SIGNING)
    history.advance(ENDS)
    (home / "broker.toml").write_text(f'trust_root = "{history.trust_root}"\n', encoding="utf-8")
    registry = authorised(read_commit(home / "registry"), history.trust_root, ENDS)
    if registry.refused:
        raise ValueError("filing the year: " + "; ".join(str(problem) for problem in registry.refused))
    return registry


def proposed() -> Iterator[Filed[Spec]]:
    """What is brought to the door on its day, and refused there."""
    folder = STORY / "refused"
    for path in sorted(folder.rglob("*.yaml")):
        yield replace(paper_of(folder, path).filed, text=path.read_bytes())


def keep(home: Path, told: list[Moment]) -> None:
    """Nothing; the year's records lie on the registry's branch `records`, signed by a broker's key."""
    secrets = home / "secrets"
    secrets.mkdir(mode=0o700)
    key = generate(secrets / "broker-key")
    append(home / "registry", [record for moment in told for record in moment.records], key, ENDS)


if __name__ == "__main__":
    sys.exit(main())
