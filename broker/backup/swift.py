"""Objects of one Swift account, with the broker's own token (reseller admin): any project's account. Blocking."""

from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

from keystoneauth1.exceptions import ClientException

from broker.backup.refusal import telling
from broker.backup.store import Stored
from broker.errors import CloudError
from stacks.provider.cloud_session import session_of

if TYPE_CHECKING:
    from openstack.connection import Connection

_PIECE_BYTES: Final = 1 << 20
_PAGE: Final = 10_000
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
        with answer:
            yield from answer.iter_content(_PIECE_BYTES)

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
            for found in page:
                version = found.get("version_id")
                kept = version not in {None, "null"}
                query = f"?version-id={quote(version, safe='')}" if kept else ""
                self._ask("DELETE", _path(bucket, found["name"]) + query, asked)
                yield (f"{found['name']} version {version}" if kept else str(found["name"]),)

    def _ask(self, method: str, path: str, asked: str, **options: Any) -> Any:
        fenced = {} if method == "GET" else self._fenced()
        try:
            with telling(asked):
                store = self._connection.object_store
                account = self._project_id or self._connection.session.get_project_id()
                url = f"{store.get_endpoint().rstrip('/').rpartition('/')[0]}/AUTH_{account}{path}"
                answer = store.request(url, method, raise_exc=False, **fenced, **options)
        except ClientException as error:
            raise CloudError(f"{asked}: {error}; see that the object store answers") from error
        if answer.status_code >= _FIRST_ERROR and answer.status_code != _GONE:
            raise CloudError(f"{asked}: the cloud answered {answer.status_code}: {answer.text[:200]}")
        return answer

    def _fenced(self) -> dict[str, Any]:
        """The option of a write by which a session asks the fence after every wait; one that never waits has none."""
        if session_of(self._connection) is not None:
            return {"before": self._fence}
        self._fence()
        return {}


def _path(bucket: str, key: str) -> str:
    return f"/{quote(bucket, safe='')}/{quote(key)}"
