"""Which cloud, unit and system a project is: the registry knows projects by name, the clouds' lists by id."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from monitoring import listing as lists
from monitoring.listing import Item, Listing


class Owner(NamedTuple):
    """Whose a project is. All empty: it is not the broker's."""

    unit: str
    system: str
    cloud: str


NOBODY = Owner("", "", "")
Owners = Mapping[str, Owner]
"""By the project's name."""


class Places:
    """The projects of one endpoint. Two clouds of the platform may share one, so a cloud is told by the project."""

    def __init__(self, listing: Listing, owners: Callable[[], Owners]) -> None:
        self._listing = listing
        self._owners = owners
        self._names: dict[str, str] | None = None

    def read(self) -> tuple[Item, ...]:
        """All projects of the endpoint, read now."""
        found = tuple(self._listing.items(lists.PROJECTS))
        self._names = {item["id"]: item["name"] for item in found}
        return found

    def lookup(self) -> Callable[[str], str]:
        """The cloud of a project's id; a project that is not the broker's has the empty one.

        A lookup is taken per reading: projects that are new since then are read once more, not once per row.
        """
        if self._names is None:
            self.read()
        names, owners, asked = dict(self._names or {}), self._owners(), False

        def cloud_of(project_id: str) -> str:
            nonlocal names, asked
            if project_id not in names and not asked:
                asked = True
                self.read()
                names = dict(self._names or {})
            return owners.get(names.get(project_id, ""), NOBODY).cloud

        return cloud_of

    def projects(self) -> tuple[tuple[str, str], ...]:
        """Id and name of every project, as they were read last; read now where they never were."""
        if self._names is None:
            self.read()
        return tuple(sorted((self._names or {}).items()))

    def name_of(self, project_id: str) -> str:
        """The name of a project's id, as it was read last; empty where there was none."""
        return (self._names or {}).get(project_id, "")

    def owner_of(self, name: str) -> Owner:
        """Whose the project of this name is."""
        return self._owners().get(name, NOBODY)

    def id_of(self, name: str) -> str:
        """The id of the project of this name; empty where there is none."""
        return next((id_ for id_, known in (self._names or {}).items() if known == name), "")
