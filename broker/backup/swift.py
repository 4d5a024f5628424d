"""Objects of one Swift account, with the broker's own token (reseller admin): any project's account. Blocking."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

import requests
from keystoneauth1.exceptions import ClientException

from broker.backup.refusal import telling
from broker.backup.removal import AT_ONCE
from broker.backup.store import Stored
from broker.errors import CloudError
from stacks.provider.cloud_session import session_of

if TYPE_CHECKING:
    from openstack.connection import Connection

_PIECE_BYTES: Final = 1 << 20
_PAGE: Final = 10_000
_LINE: Final = 1000
"""Characters of a path up to which a list of many is taken."""
_NO_VERSION: Final = frozenset({None, "null"})
_GONE: Final = 404
_FIRST_ERROR: Final = 300


class SwiftStore:
    """The containers of one project."""

    def __init__(self, connection: "Connection", project_id: str | None, fence: Callable[[], None]) -> None:
        """`project_id`: whose account; None = the broker's own project. `fence` comes right before each write."""
        self._connection: Any = connection
        self._project_id = project_id
        self._fence = fence

    def objects(self, bucket: str, prefix: str = "") -> Iterator[Stored]:
        """Every object whose key begins so; none where there is no such container."""
        marker = ""
        while True:
            query = f"?format=json&limit={_PAGE}&prefix={quote(prefix, safe='')}&marker={quote(marker, safe='')}"
            answer = self._ask("GET", f"/{quote(bucket, safe='')}{query}", f"listing the bucket {bucket}")
            page = answer.json() if answer.status_code < _FIRST_ERROR and answer.content else []
            for found in page:
                yield Stored(found["name"], found["bytes"], found["hash"])
            if len(page) < _PAGE:
                return
            marker = page[-1]["name"]

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content, piece by piece."""
        answer = self._ask("GET", _path(bucket, key), f"reading {key} of the bucket {bucket}", stream=True)
        if answer.status_code == _GONE:
            raise CloudError(f"reading {key} of the bucket {bucket}: it is not there; run it again")
        try:
            with answer:
                yield from answer.iter_content(_PIECE_BYTES)
        except requests.RequestException as error:
            raise CloudError(
                f"reading {key} of the bucket {bucket}: it broke off ({type(error).__name__}); run it again"
            ) from error

    def write(self, bucket: str, key: str, content: IO[bytes], size_bytes: int) -> None:
        """Nothing; the object is there. Swift takes 5 GiB in one piece."""
        asked = f"writing {key} to the bucket {bucket}"
        headers = {"Content-Length": str(size_bytes)}
        answer = self._ask("PUT", _path(bucket, key), asked, data=content if size_bytes else b"", headers=headers)
        if answer.status_code == _GONE:
            raise CloudError(f"{asked}: there is no such bucket; run it again")

    def delete(self, bucket: str, key: str) -> None:
        """Nothing; the object is gone."""
        self._ask("DELETE", _path(bucket, key), f"removing {key} of the bucket {bucket}")

    def make(self, bucket: str) -> None:
        """Nothing; the container is there."""
        self._ask("PUT", f"/{quote(bucket, safe='')}", f"making the bucket {bucket}")

    def encrypt(self, bucket: str) -> None:
        """Nothing: Swift has no encryption by container; no document can ask for it there."""

    def remove(self, bucket: str) -> None:
        """Nothing; the empty container is gone."""
        self._ask("DELETE", f"/{quote(bucket, safe='')}", f"removing the bucket {bucket}")

    def buckets(self) -> tuple[str, ...]:
        """Names of all containers of the account; none where there is no such account."""
        answer = self._ask("GET", f"?format=json&limit={_PAGE}", "listing the account's buckets")
        found = answer.json() if answer.status_code < _FIRST_ERROR and answer.content else []
        return tuple(container["name"] for container in found)

    def empty(self, bucket: str) -> Iterator[tuple[str, ...]]:
        """Removes as it is asked, and names what is gone: objects, and their older versions where Swift keeps them."""
        asked = f"emptying the bucket {bucket}"
        while True:
            answer = self._ask("GET", f"/{quote(bucket, safe='')}?format=json&versions=true&limit={_PAGE}", asked)
            page = answer.json() if answer.status_code < _FIRST_ERROR and answer.content else []
            if not page:
                return
            gone: set[str] = set()
            for keys in self._batches(bucket, page):
                went = self._together(bucket, keys, asked)
                gone.update(went)
                yield went
            for found in page:
                version = found.get("version_id")
                kept = version not in _NO_VERSION
                if not kept and found["name"] in gone:
                    continue
                query = f"?version-id={quote(version, safe='')}" if kept else ""
                self._ask("DELETE", _path(bucket, found["name"]) + query, asked)
                yield (f"{found['name']} version {version}" if kept else str(found["name"]),)

    def _batches(self, bucket: str, page: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
        """Keys that one call removes, where Swift has such a call: it knows no versions and no long lines."""
        if any(found.get("version_id") not in _NO_VERSION for found in page):
            return
        keys = [key for found in page if len(_path(bucket, key := str(found["name"]))) <= _LINE]
        if len(keys) > 1 and self._at_once:
            for first in range(0, len(keys), self._at_once):
                yield keys[first : first + self._at_once]

    @cached_property
    def _at_once(self) -> int:
        """How many objects one call removes; 0 where the cloud's Swift does not say that it has it."""
        asked = "asking what the object store can"
        answer = self._send("GET", f"{self._endpoint(asked).rpartition('/v1')[0]}/info", asked)
        try:
            return min(AT_ONCE, int(answer.json()["bulk_delete"].get("max_deletes_per_request", AT_ONCE)))
        except (ValueError, KeyError, TypeError, AttributeError):  # of a proxy, or of a store that tells nothing
            return 0

    def _together(self, bucket: str, keys: list[str], asked: str) -> tuple[str, ...]:
        """Those that are gone for certain. What becomes of the others is seen where each is removed by itself."""
        lines = "\n".join(_path(bucket, key) for key in keys).encode()
        # Swift names what it kept as it was asked for, Ceph's gateway plainly and without the slash
        names: dict[str, set[str]] = {}
        for key in keys:
            for form in (_path(bucket, key)[1:], f"{bucket}/{key}"):
                names.setdefault(form, set()).add(key)
        headers = {"Content-Type": "text/plain", "Accept": "application/json"}
        answer = self._ask("POST", "?bulk-delete", asked, data=lines, headers=headers)
        try:
            told = answer.json()
            errors = [names[path.removeprefix("/")] for path, _ in told["Errors"]]
            counted = told["Number Deleted"] + told["Number Not Found"] + len(errors)
        except (ValueError, KeyError, TypeError, AttributeError):
            return ()
        kept = set().union(*errors)
        return tuple(key for key in keys if key not in kept) if counted == len(keys) else ()

    def _ask(self, method: str, path: str, asked: str, **options: Any) -> Any:
        with self._answering(asked):
            account = self._project_id or self._connection.session.get_project_id()
        root = self._endpoint(asked).rstrip("/").rpartition("/")[0]
        answer = self._send(method, f"{root}/AUTH_{account}{path}", asked, **options)
        if answer.status_code >= _FIRST_ERROR and answer.status_code != _GONE:
            raise CloudError(f"{asked}: the cloud answered {answer.status_code}: {answer.text[:200]}")
        return answer

    def _send(self, method: str, url: str, asked: str, **options: Any) -> Any:
        fenced = {} if method == "GET" else self._fenced()
        with self._answering(asked):
            return self._connection.object_store.request(url, method, raise_exc=False, **fenced, **options)

    def _endpoint(self, asked: str) -> str:
        with self._answering(asked):
            return str(self._connection.object_store.get_endpoint())

    @staticmethod
    @contextmanager
    def _answering(asked: str) -> Iterator[None]:
        try:
            with telling(asked):
                yield
        except ClientException as error:
            raise CloudError(f"{asked}: {error}; see that the object store answers") from error

    def _fenced(self) -> dict[str, Any]:
        """The option of a write by which a session asks the fence after every wait; one that never waits has none."""
        if session_of(self._connection) is not None:
            return {"before": self._fence}
        self._fence()
        return {}


def _path(bucket: str, key: str) -> str:
    return f"/{quote(bucket, safe='')}/{quote(key)}"
