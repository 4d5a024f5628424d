"""What values of labels are called by those who read dashboards; the words are those of docs/glossary.md."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "network_zone": {"extranet": "电子政务外网区", "internet": "互联网区"},
    "resource": {
        "vcpus": "vCPU",
        "memory_bytes": "内存",
        "block_bytes": "云硬盘",
        "block_high_performance_bytes": "高性能云硬盘",
        "object_bytes": "对象存储",
        "public_addresses": "公网地址",
        "bandwidth_bytes_per_second": "带宽",
    },
    "lifecycle": {
        "filed": "已申请",
        "approved": "已批复",
        "testing": "测试",
        "trial": "试运行",
        "accepted": "已验收",
        "production": "上线",
        "suspended": "暂停运行",
        "interrupted": "临时中断",
        "compelled": "强制停运",
        "exiting": "退出中",
        "retired": "已退出",
    },
    "party": {
        "cloud_office": "区网信办",
        "ops_department": "政务云日常管理部门",
        "security_supervisor": "安全监管单位",
        "provider": "政务云服务商",
        "unit": "使用单位",
    },
    "status": {
        "todo": "待办",
        "doing": "执行中",
        "succeeded": "已完成",
        "failed": "失败",
        "cancelled": "已取消",
        "aborting": "正在中止",
        "aborted": "已中止",
    },
}
"""By label: value and word."""
