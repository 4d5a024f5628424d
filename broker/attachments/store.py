"""The attachment store: a folder or a bucket, in it `CLASS/OWNER/DIGEST`. What is there is never changed."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import ValidationError

from broker.attachments.rights import Confidentiality
from broker.documents.fields import Attachment
from broker.errors import AttachmentMissing, SettingsError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_PIECE_BYTES: Final = 1 << 20
_MODES: Final[dict[Confidentiality, tuple[int, int]]] = {
    "public": (0o755, 0o644),
    "case": (0o2750, 0o640),
    "restricted": (0o2750, 0o640),
}
"""Of folders and files. A folder hands its group on: the administrator gives it to those who read what is in it."""
_ABSENT: Final = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_THERE: Final = frozenset({"PreconditionFailed", "412"})


class AttachmentStore(Protocol):
    """Where attachments lie. What is there is never changed."""

    def put(self, source: Path, owner: str, attachment: Attachment) -> None:
        """Nothing; the file is there under its digest. `owner`: the organisation whose matter it belongs to.

        Raises:
            SettingsError: The store cannot be reached, or does not let this user write, or the file is another by now.
        """

    def read(self, owner: str, attachment: Attachment) -> Iterator[bytes]:
        """The content, piece by piece; whoever reads checks it by its digest (`checked`).

        Raises:
            AttachmentMissing: It is not there, or the store does not let this user read it.
        """


def key_of(owner: str, attachment: Attachment) -> str:
    """Where an attachment lies; `owner` is the organisation whose matter it belongs to."""
    return f"{attachment.confidentiality}/{owner}/{attachment.digest.removeprefix('sha256:')}"


def described(source: Path, confidentiality: Confidentiality, title: str, media_type: str) -> Attachment:
    """What a document says of the file.

    Raises:
        SettingsError: It cannot be read.
    """
    seen, size_bytes = hashlib.sha256(), 0
    try:
        with source.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                seen.update(piece)
                size_bytes += len(piece)
    except OSError as error:
        raise SettingsError(f"reading {source}: {error}; name a file that is there") from None
    try:
        return Attachment(
            digest=f"sha256:{seen.hexdigest()}",
            size_bytes=size_bytes,
            media_type=media_type,
            confidentiality=confidentiality,
            title=title,
        )
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(f"describing {source}: {faults}") from None


def checked(store: AttachmentStore, owner: str, attachment: Attachment) -> Iterator[bytes]:
    """The content, piece by piece.

    Raises:
        AttachmentMissing: As `read`; also after the last piece, where the content is not what the document names.
    """
    seen = hashlib.sha256()
    for piece in store.read(owner, attachment):
        seen.update(piece)
        yield piece
    if f"sha256:{seen.hexdigest()}" != attachment.digest:
        raise AttachmentMissing(f"reading the attachment {attachment.digest}: the store has another content under it")


class FolderStore:
    """A folder on this machine or on a share. Its rights are those of the file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, source: Path, owner: str, attachment: Attachment) -> None:
        """Nothing; the file is there, whole or not at all."""
        target = self._folder / key_of(owner, attachment)
        try:
            self._make(target.parent, attachment.confidentiality)
            if target.exists():
                return
            unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
            try:
                self._copy(source, unfinished, attachment)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(
                f"writing into the attachment store {self._folder}: {error}; ask for the right"
            ) from None

    @staticmethod
    def _copy(source: Path, unfinished: Path, attachment: Attachment) -> None:
        seen = hashlib.sha256()
        with source.open("rb") as file, unfinished.open("xb") as copy:
            while piece := file.read(_PIECE_BYTES):
                seen.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        if f"sha256:{seen.hexdigest()}" != attachment.digest:
            raise _changed(source)
        unfinished.chmod(_MODES[attachment.confidentiality][1])

    def read(self, owner: str, attachment: Attachment) -> Iterator[bytes]:
        """The content, piece by piece."""
        try:
            with (self._folder / key_of(owner, attachment)).open("rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    yield piece
        except OSError as error:
            raise _missing(attachment, str(error.strerror)) from None

    def _make(self, folder: Path, confidentiality: Confidentiality) -> None:
        for each in (folder.parent, folder):
            if not each.exists():
                each.mkdir(parents=True)
                each.chmod(_MODES[confidentiality][0])


class BucketStore:
    """A bucket of an S3 gateway. Its rights are those of the bucket's policy (`rights.bucket_policy`)."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, source: Path, owner: str, attachment: Attachment) -> None:
        """Nothing; the file is there."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - loaded where a gateway is called

        try:
            with source.open("rb") as file:
                if f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" != attachment.digest:
                    raise _changed(source)
                file.seek(0)
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key_of(owner, attachment),
                    Body=file,
                    ContentType=attachment.media_type,
                    IfNoneMatch="*",
                )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _THERE:
                raise SettingsError(f"writing into the bucket {self._bucket}: {error}; ask for the right") from None
        except (BotoCoreError, OSError) as error:
            raise SettingsError(f"writing into the bucket {self._bucket}: {error}") from None

    def read(self, owner: str, attachment: Attachment) -> Iterator[bytes]:
        """The content, piece by piece."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key_of(owner, attachment))
            yield from found["Body"].iter_chunks(_PIECE_BYTES)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise _missing(attachment, "there is none" if code in _ABSENT else str(error)) from None
        except BotoCoreError as error:
            raise _missing(attachment, str(error)) from None


def _changed(source: Path) -> SettingsError:
    return SettingsError(f"putting {source} into the attachment store: it changed meanwhile; put it again")


def _missing(attachment: Attachment, fact: str) -> AttachmentMissing:
    cure = "put it there (broker attach), or ask for the right to its class"
    return AttachmentMissing(
        f"reading the attachment {attachment.digest} ({attachment.confidentiality}): {fact}; {cure}"
    )
