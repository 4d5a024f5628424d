"""The desk's Chinese by the words of the product: kinds, fields, values, states, and what is wrong with a signature."""

from collections.abc import Mapping
from typing import Final

from broker.check.difference import Verb
from broker.clocks.clock import State as ClockState
from broker.dossier import State

STATES: Final[Mapping[State, str]] = {
    State.PENDING: "待决定",
    State.CORRECTED: "已由更正件替代",
    State.WITHDRAWN: "已撤回",
    State.RETURNED: "已退回补正",
    State.REFUSED: "不予批准",
    State.APPROVED: "已批准",
    State.NOT_ADMITTED: "不予受理",
}
CLOCKS: Final[Mapping[ClockState, str]] = {
    ClockState.RUNNING: "在办",
    ClockState.DUE_SOON: "将到期",
    ClockState.OVERDUE: "已超期",
    ClockState.PROVISIONAL: "期限暂定",
}
VERBS: Final[Mapping[Verb, str]] = {
    Verb.CREATED: "新建",
    Verb.CHANGED: "变更",
    Verb.REPLACED: "重建",
    Verb.DELETED: "删除",
}
RESOURCES: Final[Mapping[str, str]] = {
    "system": "系统",
    "server": "云主机",
    "volume": "云硬盘",
    "bucket": "存储桶",
    "bandwidth": "带宽",
    "public address": "公网地址",
    "load balancer": "负载均衡",
    "api access": "接口访问",
    "elastic grant": "弹性额度",
    "vcpu": "vCPU（个）",
    "memory_gib": "内存（GiB）",
    "block_gib": "块存储（GiB）",
    "block_high_performance_gib": "其中高性能块存储（GiB）",
    "object_gib": "对象存储（GiB）",
    "bandwidth_mbps": "带宽（Mbps）",
    "public_addresses": "公网地址（个）",
}
ZONES: Final[Mapping[str, str]] = {"extranet": "电子政务外网区", "internet": "互联网区"}
ROLES: Final[Mapping[str, str]] = {
    "cloud_office": "区网信办",
    "ops_department": "日常管理部门",
    "unit": "使用单位",
    "provider": "政务云服务商",
    "security_supervisor": "安全监管服务商",
    "finance_department": "财政部门",
    "facility_operator": "设施层承担单位",
}
BARS: Final[Mapping[str, str]] = {
    "SIGNED": "您已签署",
    "ROLE_MISSING": "您没有签署此件所需的职责",
    "FILED_BY_SIGNER": "您参与了拟办或申请，须由他人签署",
}
FAULTS: Final[Mapping[str, str]] = {
    "SIGNATURE_MISSING": "签名不足",
    "SIGNATURE_INVALID": "签名与文件不符，须重新签署",
    "SIGNATURE_REPLAYED": "签名已在别处使用，须重新签署",
    "SIGNATURE_EXPIRED": "签名已过期，须重新签署",
    "SIGNATURE_UNUSED": "签名所指文件不在库中或本身未被接受",
    "SIGNATURE_LATE": "签名晚于文件合并，须另行成文并签署",
    "SIGNER_NOT_IN_FORCE": "签名密钥未登记、未生效、已终止或不属于签署人",
    "ROLE_MISSING": "签署人没有所需职责",
    "FILED_BY_SIGNER": "签署人参与了拟办或申请",
    "DECISION_DATE": "决定日期早于事项受理、晚于今日或距今过久，须按签署当日重新成文",
    "THING_TWICE": "与库中已有文件重复（如文号重复）",
    "ID_TWICE": "文件编号与库中已有文件重复",
    "ORDER_MOOT": "决定未起作用：生效时系统已停止运行、正在退出或不存在",
    "NOT_AS_SHOWN": "文件内容在显示之后有改动，请重新阅读后再签署",
}
"""Of faults that the registry's readers tell in English; the rules speak Chinese themselves."""
