"""What a registry came to in an earlier run, whole, under a name of all it was made from. Safe to delete at any time.

Read and written by `pickle`, which keeps what is one value one value: reviews tell by identity what a change leaves
alone. Only a file that nobody but us could have written is opened, and only the product's own values come out of it.
"""

import hashlib
import io
import pickle
import stat
import sys
import zlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from broker import private
from broker.cache_folder import ours_alone
from broker.documents.kinds import DOCUMENTS
from broker.registry.texts import Texts

_ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("broker", "policies", "quotas", "stacks")
_NAMES: Final = frozenset(
    {
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("pydantic_core._pydantic_core", "TzInfo"),
        ("zoneinfo", "ZoneInfo._unpickle"),
    }
)
"""What a snapshot names beside the product's own classes."""
_KINDS: Final = {model: kind for kind, model in DOCUMENTS.items()}


def kept_snapshot(folder: Path, repository: Path, name: str, texts: Texts) -> object:
    """What was kept for the repository under this name; None where there is none, or it is damaged or not ours.

    Documents read their texts from `texts` when a problem points at one.
    """
    path = _path(folder, repository)
    if not ours_alone(path, stat.S_ISREG):
        return None
    with path.open("rb") as file:
        head = file.readline()
        if head.split(b" ")[0] != _name(name).encode():
            return None
        body = file.read()
    if head != _head(name, body):
        return None
    try:
        return _Unpickler(body, texts).load()
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, IndexError, KeyError, TypeError, ValueError):
        return None


def keep_snapshot(folder: Path, repository: Path, name: str, value: object) -> None:
    """Keeps the value for the next run in place of the one before; what cannot be written is no error."""
    written = io.BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(value)
    body = written.getvalue()
    private.write(_path(folder, repository), _head(name, body) + body)


class _Pickler(pickle.Pickler):
    """Documents by their kind, since their classes have no name of their own; texts are left out."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Texts):
            return _texts, ()
        if isinstance(obj, type) and obj in _KINDS:
            return _document, (_KINDS[obj],)
        if isinstance(obj, BaseModel):
            return _model, (type(obj), obj.__dict__, obj.__pydantic_fields_set__)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, body: bytes, texts: Texts) -> None:
        super().__init__(io.BytesIO(body))
        self._texts = texts

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) == (__name__, _texts.__name__):
            return lambda: self._texts
        if (module, name) in _NAMES:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.partition(".")[0] in _PACKAGES else None
        # by what a module imports a name with dots leads out of it: only what it defines itself is ours
        if getattr(found, "__module__", None) != module:
            raise pickle.UnpicklingError(f"a snapshot names {module}.{name}, which is none of ours")
        return found


def _texts() -> Texts:
    """Stands for the texts of the run that reads the snapshot."""
    return Texts(None, {})


def _document(kind: str) -> type[BaseModel]:
    return DOCUMENTS[kind]


def _model(model: type[BaseModel], values: dict[str, Any], given: set[str]) -> BaseModel:
    """A model as it was validated before; ours have neither private nor extra fields."""
    made = model.__new__(model)
    for name, value in (("__dict__", values), ("__pydantic_fields_set__", given)):
        object.__setattr__(made, name, value)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def _path(folder: Path, repository: Path) -> Path:
    name = hashlib.sha256(str(repository.resolve()).encode()).hexdigest()[:16]
    return folder / f"stood-{name}.bin"


def _head(name: str, body: bytes) -> bytes:
    """The first line: by which code and from what it was made, and a checksum."""
    return b"%s %08x\n" % (_name(name).encode(), zlib.crc32(body))


def _name(name: str) -> str:
    return hashlib.sha256(f"{program()} {name}".encode()).hexdigest()


@cache
def program(root: Path = _ROOT) -> str:
    """Names all code of the product, rules included, and what makes its values."""
    versions = (sys.version, metadata.version("pydantic"), metadata.version("pydantic-core"))
    seen = hashlib.sha256(" ".join(versions).encode())
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            seen.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return seen.hexdigest()
