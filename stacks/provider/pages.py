"""Lists in pages: a service cuts at its operator's limit, whatever was asked for, and links to what follows."""

from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]


def following(answer: Mapping[str, Any], collection: str, path: str) -> str | None:
    """The path of the next page of the list at `path`, where this answer is not its last one.

    Nova, Cinder and Octavia say it in `<collection>_links`, for a page as long as they let one be: `max_limit`,
    `osapi_max_limit` and `pagination_max_limit` may be below what was asked for.
    """
    items: Sequence[Item] = answer[collection]
    if items and any(link.get("rel") == "next" for link in answer.get(f"{collection}_links", ())):
        return f"{path}{'&' if '?' in path else '?'}marker={items[-1]['id']}"
    return None
