"""What making backups asks of a cloud; kept by `cinder` for volumes and `copies` for buckets."""

from dataclasses import dataclass
from typing import Literal, Protocol

from broker.backup.due import Make
from broker.backup.subject import Subject, Thing
from broker.documents.backups import BackupRun


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is there and was looked at."""

    mode: Literal["full", "incremental", "copy"]
    """As the cloud made it: where there was nothing to build on, an incremental one became a full one."""
    reference: str
    size_bytes: int
    content_digest: str | None = None


class Vault(Protocol):
    """The backups of one stack. Every method may be repeated after a kill, and raises CloudError with the cause."""

    async def there(self, thing: Subject | Thing) -> frozenset[str]:
        """Keys of what the cloud has of backups of this volume or bucket, recorded or not; others may be among them."""

    async def make(self, make: Make) -> Made:
        """The backup of this key: found again, or made and waited for until it is usable."""

    async def erase(self, run: BackupRun) -> None:
        """Nothing; the backup is gone, also when it was gone before."""

    async def restored(self, run: BackupRun) -> str:
        """What a restore to a scratch place showed, in a sentence; nothing of it is left."""
