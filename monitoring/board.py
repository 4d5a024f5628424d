"""What is served: pages rendered once per refresh and swapped whole, so that a scrape waits for nothing."""

import gzip
import io
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitoring import catalogue, compatible
from monitoring.collector import NEVER, Collector, Condition
from monitoring.family import Family, Page, Sample, written

_FAMILIES = (*catalogue.ALL, *compatible.ALL)
_FASTEST = 1
"""Level of compression: the next ones cost three times the time for a tenth of the bytes."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One page. `ready` False: no collector has given anything yet."""

    parts: tuple[bytes, ...]
    """Heads and lines in order, shared with what is kept: a page of a big cloud has 30 MB."""
    packed: bytes
    """The page as a gzip file."""
    ready: bool

    @property
    def plain(self) -> bytes:
        """The page as text."""
        return b"".join(self.parts)


_NOTHING = Rendered((), gzip.compress(b"", mtime=0), ready=False)


class Board:
    """The pages. `put` is called by refreshing threads, `page` by serving ones."""

    def __init__(self, collectors: tuple[Collector, ...], own: Callable[[], Iterator[Sample]]) -> None:
        self._collectors = collectors
        self._own = own
        self._kept: dict[tuple[str, str], Condition] = {}
        self._pages: Mapping[Page, Rendered] = dict.fromkeys(Page, _NOTHING)
        self._writing = threading.Lock()

    def known(self, collector: Collector) -> Condition:
        """What is kept of a collector."""
        return self._kept.get((collector.endpoint, collector.name), NEVER)

    def put(self, collector: Collector, kept: Condition) -> None:
        """Keep the outcome of a refresh; it is served with the next `render`."""
        with self._writing:
            self._kept[collector.endpoint, collector.name] = kept

    def render(self, now_s: float) -> None:
        """Write all pages anew and swap them in."""
        with self._writing:
            self._pages = {page: self._rendered(page, now_s) for page in Page}

    def page(self, page: Page) -> Rendered:
        """The page as it was last rendered."""
        return self._pages[page]

    def _rendered(self, page: Page, now_s: float) -> Rendered:
        fresh = [self.known(c).lines for c in self._collectors if self.known(c).fresh(now_s, c.max_age_s)]
        parts = [*fresh, written([*self._health(now_s), *self._own()])]
        found = (_of(family, parts) for family in _FAMILIES if family.page is page)
        shown = tuple(part for of_family in found for part in of_family)
        return Rendered(shown, _packed(shown), ready=bool(fresh))

    def _health(self, now_s: float) -> Iterator[Sample]:
        for collector in self._collectors:
            kept = self.known(collector)
            labels = (collector.endpoint, collector.name)
            yield Sample(catalogue.COLLECTOR_UP, labels, int(kept.at_s is not None and not kept.error))
            yield Sample(catalogue.COLLECTOR_SERVING, labels, int(kept.fresh(now_s, collector.max_age_s)))
            yield Sample(catalogue.COLLECTOR_ERRORS, labels, kept.errors)
            yield Sample(catalogue.COLLECTOR_DURATION, labels, round(kept.duration_s, 6))
            yield Sample(catalogue.COLLECTOR_ITEMS, labels, kept.items)
            if kept.at_s is not None:
                yield Sample(catalogue.COLLECTOR_SUCCESS, labels, kept.at_s)


def _of(family: Family, parts: list[Mapping[Family, bytes]]) -> list[bytes]:
    lines = [part[family] for part in parts if family in part]
    return [family.head, *lines] if lines else []


def _packed(parts: Iterable[bytes]) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_FASTEST, mtime=0) as packing:
        for part in parts:
            packing.write(part)
    return file.getvalue()
