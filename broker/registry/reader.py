"""One branch of one repository, read again only where it or the records have moved."""

from dataclasses import dataclass, field
from pathlib import Path

from broker.registry.filed import Registry
from broker.registry.git import commit_of
from broker.registry.read import read_head
from broker.registry.records import batches_of_records


@dataclass(slots=True)
class Reader:
    """What a commit and the records of a commit hold never changes, so both names say whether there is anything new."""

    repository: Path
    branch: str
    record_key: str
    _seen: tuple[str, str] | None = None
    _registry: Registry = field(default_factory=lambda: Registry(""))

    def read(self) -> Registry:
        """The registry as `read_commit` gives it; signatures are not judged.

        Raises:
            RegistryBroken: As `read_commit`.
        """
        heads = commit_of(self.repository, self.branch), batches_of_records(self.repository)
        if heads != self._seen:
            self._registry = read_head(self.repository, heads[0], record_key=self.record_key)
            self._seen = heads
        return self._registry
