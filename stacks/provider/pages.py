"""Lists in pages: a service cuts at its operator's limit, whatever was asked for, and links to what follows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stacks.provider.cloud_error import CloudError

_OK: Final = 200

Item = Mapping[str, Any]


def entries(answer: Any, collection: str, path: str) -> Sequence[Item]:
    """What the answer to the list at `path` holds.

    Raises:
        CloudError: It is no list; a proxy's page, say.
    """
    items = answer.get(collection) if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise CloudError(_OK, f"no list of {collection}", f"GET {path}")
    return items


def following(answer: Mapping[str, Any], collection: str, path: str) -> str | None:
    """The path of the next page of the list at `path`, where this answer is not its last one.

    Nova, Cinder and Octavia say it in `<collection>_links`, for a page as long as they let one be: `max_limit`,
    `osapi_max_limit` and `pagination_max_limit` may be below what was asked for.
    """
    items = entries(answer, collection, path)
    if items and any(link.get("rel") == "next" for link in answer.get(f"{collection}_links", ())):
        return f"{path}{'&' if '?' in path else '?'}marker={items[-1]['id']}"
    return None
