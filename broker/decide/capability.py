"""What a document needs of its cloud beyond servers, volumes and buckets, beside what the cloud's document offers."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias, get_args

from broker.decide.case import Case
from broker.documents.changes import SetBucketEncryption, SetBucketReaders
from broker.documents.fields import Capability, DrClass
from broker.documents.layout import BucketLayout, ZoneLayout
from broker.documents.platform import CloudSpec
from policies.facts import ItemFact

NAMES_ZH: Final[dict[Capability, str]] = {
    "load_balancer": "负载均衡",
    "volume_backup": "云硬盘备份",
    "gateway_qos": "出口限速",
    "bucket_versioning": "存储桶多版本",
    "bucket_lifecycle": "存储桶到期清理",
    "bucket_encryption": "存储桶默认加密",
    "bucket_policy": "存储桶授权读取",
}

_OF_BUCKETS: Final[dict[str, Capability]] = {
    "versioning": "bucket_versioning",
    "expire_days": "bucket_lifecycle",
    "encrypted": "bucket_encryption",
    "readers": "bucket_policy",
}
"""What a bucket needs of its cloud where one of its fields says something."""

OfBucket: TypeAlias = BucketLayout | SetBucketEncryption | SetBucketReaders


def offered(cloud: CloudSpec) -> frozenset[Capability]:
    """What the cloud's document offers; where it does not say, all that its kind of object store can do at all."""
    if cloud.offers is not None:
        # Swift's S3 side knows no policies, whatever the document says: nobody would be let in
        return frozenset(cloud.offers) - ({"bucket_policy"} if cloud.object_store == "swift" else set())
    # no promise is read out of silence: stores differ in these, and a document that asks for them must be right
    every: frozenset[Capability] = frozenset(get_args(Capability)) - {"bucket_encryption", "bucket_policy"}
    # Swift's S3 side knows no lifecycle rules, whatever the provider promises
    return every - {"bucket_lifecycle"} if cloud.object_store == "swift" else every


def layout_items(layout: ZoneLayout, dr_class: DrClass, provider: str, field: str, case: Case) -> Iterator[ItemFact]:
    """What a zone's layout needs of its cloud."""
    needs: list[tuple[str, Capability]] = []
    if dr_class != "none" and layout.tiers:
        needs.append(("spec.dr_class", "volume_backup"))
    if layout.bandwidth_mbps:
        needs.append((f"{field}.bandwidth_mbps", "gateway_qos"))
    for n, bucket in enumerate(layout.buckets):
        needs += _bucket_needs(bucket, f"{field}.buckets[{n}]")
    yield from _items(needs, provider, layout.zone, case)


def bucket_items(asked: OfBucket, provider: str, zone: str, field: str, case: Case) -> Iterator[ItemFact]:
    """What one more bucket, or a change of one, needs of its cloud; what a change ends needs nothing."""
    yield from _items(_bucket_needs(asked, field), provider, zone, case)


def _bucket_needs(asked: OfBucket, field: str) -> Iterator[tuple[str, Capability]]:
    for name, capability in _OF_BUCKETS.items():
        if vars(asked).get(name):  # a change has the field that it is about, and no other of these
            yield f"{field}.{name}", capability


def _items(needs: Iterable[tuple[str, Capability]], provider: str, zone: str, case: Case) -> Iterator[ItemFact]:
    """Nothing where the provider has no cloud in the zone: the zone's own rule speaks of that."""
    known = case.platform.clouds.get((provider, zone))
    if known is None:
        return
    names = tuple(sorted(NAMES_ZH[name] for name in offered(known[1])))
    for field, capability in needs:
        yield ItemFact(field, f"{known[0]} 的云平台能力", NAMES_ZH[capability], names)
