"""Systems that are to read a bucket of another: whether each can, and whether the request says so (C-16, S-20)."""

from collections.abc import Iterable, Iterator

from broker.decide.case import Case
from broker.documents.cases import ChangeIntent, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.documents.changes import AddBucket, SetBucketReaders
from broker.estate.system import Lifecycle, System
from broker.nearest import nearest
from policies.facts import GapFact

_NOT_IN = frozenset({Lifecycle.FILED})
_LEAVING = frozenset({Lifecycle.EXITING, Lifecycle.RETIRED})
_NAMED_AT_MOST = 3


def request_gaps(spec: OnboardingRequestSpec, case: Case) -> Iterator[GapFact]:
    """What is wrong with the readers of a request's buckets, and with one that shares and says that it does not."""
    others: set[str] = set()
    for z, layout in enumerate(spec.zones):
        for b, bucket in enumerate(layout.buckets):
            field = f"spec.zones[{z}].buckets[{b}].readers"
            yield from _gaps(bucket.readers, spec.system, spec.provider, layout.zone, field, case)
            others |= {name for name in bucket.readers if _unit(name, case) not in {None, spec.unit}}
    if others and not spec.cross_department_sharing:
        fact = f"存储桶供其他单位的系统 {'、'.join(sorted(others))} 读取，而 cross_department_sharing 不是 true"
        yield GapFact("spec.cross_department_sharing", fact, "写明 cross_department_sharing: true，或只列本单位的系统")


def form_gaps(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[GapFact]:
    """What is wrong with the readers that a form names."""
    for n, change in enumerate(spec.intent.changes if isinstance(spec.intent, ChangeIntent) else ()):
        field = f"spec.intent.changes[{n}]"
        match change:
            case SetBucketReaders():
                yield from _gaps(change.readers, system.id, system.provider, change.zone, f"{field}.readers", case)
            case AddBucket(bucket=bucket):
                at = f"{field}.bucket.readers"
                yield from _gaps(bucket.readers, system.id, system.provider, change.zone, at, case)


def _gaps(  # noqa: PLR0913, PLR0917 - a bucket's place and its readers
    readers: tuple[str, ...], owner: str, provider: str, zone: str, field: str, case: Case
) -> Iterator[GapFact]:
    for n, name in enumerate(readers):
        at = f"{field}[{n}]"
        if name in readers[:n]:
            yield GapFact(at, f"读取方 {name} 列了两次", "每个系统只列一次")
        elif name == owner:
            yield GapFact(at, f"{name} 是存储桶所属的系统，本来就能读取", "只列其他系统")
        else:
            yield from _one(name, provider, zone, at, case)


def _one(name: str, provider: str, zone: str, field: str, case: Case) -> Iterator[GapFact]:
    """At most one gap: what is in the way first."""
    system = case.standing.systems.get(name)
    if system is None or system.lifecycle in _NOT_IN:
        near = nearest(name, _others(provider, zone, case))[:_NAMED_AT_MOST]
        cure = f"填写已入云的系统，如{'、'.join(near)}" if near else "待其入云后再填报"
        yield GapFact(field, f"读取方 {name} 不是已入云的系统", cure)
    elif system.lifecycle in _LEAVING:
        yield GapFact(field, f"读取方 {name} 已退出或正在退出", "不列已退出的系统")
    elif system.provider != provider or system.deployment(zone) is None:
        fact = f"读取方 {name} 在服务商 {provider} 的分区 {zone} 没有资源"
        cure = "存储桶只能由同一服务商、同一分区的系统读取；其他系统经共享交换平台取得数据"
        yield GapFact(field, fact, cure)
    elif not system.has_bucket_user(zone):
        fact = f"读取方 {name} 在分区 {zone} 没有存储桶，因而没有对象存储的用户和密钥"
        yield GapFact(field, fact, f"先由 {name} 用 add_bucket 在该分区申请存储桶")


def _others(provider: str, zone: str, case: Case) -> Iterable[str]:
    """Systems that could read a bucket there."""
    return (
        system.id
        for system in case.standing.systems.values()
        if system.provider == provider and system.lifecycle not in _NOT_IN | _LEAVING and system.has_bucket_user(zone)
    )


def _unit(name: str, case: Case) -> str | None:
    system = case.standing.systems.get(name)
    return system.unit if system else None
