"""Opens the attachment store that the settings name."""

from broker.attachments.store import AttachmentStore, BucketStore, FolderStore
from broker.errors import SettingsError
from broker.settings import Settings


def opened(settings: Settings) -> AttachmentStore:
    """The bucket where one is set, else the folder. A bucket is read with the keys of the person's own profile.

    Raises:
        SettingsError: A bucket without an endpoint, or a profile that is not there.
    """
    if not settings.attachments_bucket:
        return FolderStore(settings.attachments)
    if not settings.attachments_endpoint:
        raise SettingsError("opening the attachment store: a bucket is set and no gateway; set attachments_endpoint")
    import boto3  # noqa: PLC0415 - loaded where a gateway is called
    from botocore.config import Config  # noqa: PLC0415 - as above
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as above

    plain = Config(
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        session = boto3.session.Session(profile_name=settings.attachments_profile)
        client = session.client("s3", endpoint_url=settings.attachments_endpoint, region_name="default", config=plain)
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"opening the attachment store: {error}; see docs/attachments.md") from None
    return BucketStore(client, settings.attachments_bucket)
