"""The receipt (交接单) that the unit files and signs, as text. Pure."""

from collections.abc import Iterable
from datetime import date

from broker.documents.cases import HandedOver

HEAD = """\
# 数据交接单(云办法第十二条第(二)项；GB/T 22239-2019 8.2.6.1 d))
# 存储桶:content_digest 为 {sums} 的 SHA-256，其中逐个列出对象校验值，可用 sha256sum -c 核对。
# 云硬盘：以快照方式交接，content_digest 为快照说明文件(.json)的 SHA-256，不是盘内数据的校验值。
# 核对无误后由使用单位签收:broker sign FILE --as PERSON --role unit --key KEY
# 签收即要求清除：平台上的卷、存储桶、快照与备份将被清除并留证。
"""


def receipt(form: str, system: str, filed_by: str, day: date, given: Iterable[HandedOver]) -> str:
    """A HandOver document with everything in it but the signature."""
    rows = "".join(_row(item) for item in given)
    return (
        f"{HEAD.format(sums='<zone>-<bucket>.sha256')}"
        f"apiVersion: govcloud/v1\nkind: HandOver\n"
        f'metadata:\n  id: {form}-hand-over\n  filed_on: "{day}"\n  filed_by: {filed_by}\n'
        f"spec:\n  form: {form}\n  system: {system}\n  items:\n{rows}  wipe: true\n"
    )


def _row(item: HandedOver) -> str:
    return (
        f"  - zone: {item.zone}\n    kind: {item.kind}\n    name: {item.name}\n"
        f"    content_digest: {item.content_digest}\n    size_bytes: {item.size_bytes}\n"
    )
