"""What a refused document holds up: everything where the district itself is concerned, else its systems alone."""

import re
from collections.abc import Callable, Iterator
from posixpath import dirname

from broker.decide.matter import systems_of
from broker.documents.envelope import Nature
from broker.documents.kinds import SPECS
from broker.documents.organisations import UnitSpec
from broker.documents.records import Admitted
from broker.errors import RegistryBroken
from broker.estate.system import Estate
from broker.problem import Problem
from broker.registry.filed import Registry

SHOWN_PROBLEMS = 5
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*")
_UNIT = re.compile(rf"^kind: *['\"]?{UnitSpec.kind}['\"]? *(#.*)?$", re.MULTILINE)
_FOUNDATION = frozenset(spec.folder for spec in SPECS if spec.nature is Nature.FOUNDATION)
_OF_A_MATTER = 3
"""Parts of a folder that is one matter's alone: `cases/2026/017-online-hall`."""

Text = Callable[[str], str]
"""What lies under a path of the registry, however malformed; empty where nothing does."""


def trusted(registry: Registry, text: Text) -> None:
    """Nothing, if something can be decided on this registry although documents may have been refused.

    Raises:
        RegistryBroken: A document of the district's foundation is refused, or one that was admitted is not there.
    """
    grave = tuple(problem for problem in registry.refused if _is_grave(problem, text))
    present = {filed.digest for filed in registry.filed}
    lost = [r.id for r in registry.records if isinstance(r, Admitted) and r.admitted and r.document not in present]
    if lost:
        told = f"{', '.join(lost[:SHOWN_PROBLEMS])} {'was' if len(lost) == 1 else 'were'} admitted and is not there now"
        raise RegistryBroken(_said(registry, (told, *map(str, registry.refused))))
    if grave:
        raise RegistryBroken(_said(registry, tuple(map(str, grave))))


def holds(registry: Registry, estate: Estate, text: Text) -> dict[str, Problem]:
    """The systems that stay as they are, each with the first problem that holds it up."""
    held: dict[str, Problem] = {}
    for problem in registry.refused:
        for system in _systems(problem, registry, estate, text):
            held.setdefault(system, problem)
    return held


def _is_grave(problem: Problem, text: Text) -> bool:
    path = problem.place.path
    return path.split("/", 1)[0] in _FOUNDATION and not (path.endswith(".yaml") and _UNIT.search(text(path)))


def _systems(problem: Problem, registry: Registry, estate: Estate, text: Text) -> Iterator[str]:
    """Those of the merged document, of others in its matter, and every one that its text names itself or by a paper."""
    path = problem.place.path
    yield from (system for f in registry.filed if _belongs(path, f.path) for system in systems_of(f, registry))
    found = text(path)
    words, of_unit = set(_WORD.findall(found)), bool(_UNIT.search(found))
    yield from (s.id for s in estate.systems if s.id in words or (of_unit and s.unit in words))
    named = (registry.get(word) for word in sorted(words))
    yield from (system for filed in named if filed is not None for system in systems_of(filed, registry))


def _belongs(path: str, document: str) -> bool:
    """Whether the file is the document, a signature beside it, or another paper of its matter."""
    folder = dirname(path)
    return path.startswith(document.removesuffix("yaml")) or (
        folder == dirname(document) and len(folder.split("/")) >= _OF_A_MATTER
    )


def _said(registry: Registry, reasons: tuple[str, ...]) -> str:
    shown = "; ".join(reasons[:SHOWN_PROBLEMS])
    more = f" and {len(reasons) - SHOWN_PROBLEMS} more" if len(reasons) > SHOWN_PROBLEMS else ""
    return f"reading the registry at {registry.head[:12]}: {shown}{more}; see `broker check`"
