"""Use of buckets as their stores count it: one call of a Ceph gateway's admin API, or one per account of Swift."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from monitoring.listing import Listing
from monitoring.utilisation.source import SourceFailed, Stored
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.cloud_error import CloudError
from stacks.provider.scope import Service


class GatewayBuckets:
    """`BucketUse` of a Ceph gateway. `owners` gives the project of each account (`uid`) that the broker made."""

    name = "gateway"

    def __init__(self, admin: Callable[[], Admin], owners: Mapping[str, str]) -> None:
        self._admin = admin
        self._owners = owners

    def stored(self) -> Sequence[Stored]:
        """Every bucket of these accounts, in whole blocks: what stands against its limit; see `BucketUse`."""
        try:
            admin = self._admin()
            try:
                found = admin.buckets()
            finally:
                admin.close()
        except ObjectStoreError as error:
            raise SourceFailed(f"reading the gateway's buckets: {error}") from error
        return [
            Stored(self._owners[one.owner_uid], one.name, one.counted_bytes, one.object_count)
            for one in found
            if one.owner_uid in self._owners
        ]


class SwiftBuckets:
    """`BucketUse` of one endpoint's Swift. `accounts` gives (project id, project) of the broker's projects there."""

    name = "swift"

    def __init__(self, listing: Listing, accounts: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._listing = listing
        self._accounts = accounts

    def stored(self) -> Sequence[Stored]:
        """Every container of these accounts: a call each; see `BucketUse`."""
        try:
            return list(self._containers())
        except CloudError as error:
            raise SourceFailed(f"reading the containers of Swift: {error}") from error

    def _containers(self) -> Iterator[Stored]:
        for id_, project in self._accounts():
            for one in self._listing.get(Service.OBJECT, f"/AUTH_{id_}?format=json") or ():
                yield Stored(project, str(one["name"]), int(one["bytes"]), int(one["count"]))
