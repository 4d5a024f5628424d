"""What is loaded before the first command: every module of the product, and what libraries load only when at work."""

import hashlib
import os
import pkgutil
import sysconfig
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from keystoneauth1.loading import get_plugin_loader
from pydantic import BaseModel

_PACKAGES = ("quotas", "policies", "stacks", "broker", "monitoring")
_GENERATED = ("stacks.protocol.events_pb2_grpc",)
"""Modules in folders that say nothing of themselves."""
_LOGINS = ("password", "v3password", "v3applicationcredential")
"""Ways into a cloud, which keystoneauth looks for among all that is installed when it is first asked for one."""


def load() -> None:
    """Nothing; next to no module is left to be loaded by a command."""
    for package in _PACKAGES:
        for name in (package, *_modules(package)):
            import_module(name)
    for name in _GENERATED:
        import_module(name)
    for login in _LOGINS:
        get_plugin_loader(login)
    for model in _below(BaseModel):
        model.model_rebuild()  # the validators of a document are made when the first of its kind is read


def code() -> str:
    """A digest that is another one after a file of the product, or an installed library, was replaced."""
    digest = hashlib.sha256(str(Path(sysconfig.get_path("purelib")).stat().st_mtime_ns).encode())
    try:
        for package in _PACKAGES:
            for file in sorted(_files(_folder(package))):
                digest.update(file.encode())
    except FileNotFoundError:
        return "being replaced"
    return digest.hexdigest()


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _modules(package: str) -> Iterator[str]:
    for module in pkgutil.walk_packages([_folder(package)], f"{package}."):
        if not module.name.endswith("__main__"):
            yield module.name


def _files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            state = entry.stat(follow_symlinks=False)
            yield f"{entry.path} {state.st_mtime_ns} {state.st_size}\n"


def _folder(package: str) -> str:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return spec.submodule_search_locations[0]
