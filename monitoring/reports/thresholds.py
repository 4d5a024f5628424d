"""The utilisation policy in words: who reads a band or an advice sees by which figures it was given (C-30)."""

from monitoring.metering.policy import Policy


def bands_in_words(policy: Policy) -> str:
    """What idle, tight, low and reasonable are, and what is too little to say anything."""
    band, idle, least = policy.buckets, policy.idle_advice, policy.min_data
    return (
        f"闲置为月末{idle.days}日中至少{idle.min_idle_days}日的CPU日均不高于{_percent(idle.cpu_daily_mean_max)}"
        f"且网络流量每日不高于{idle.net_mb_per_day_max:g}MB；"
        f"紧张为CPU月均高于{_percent(band.cpu_high)}或内存月均高于{_percent(band.memory_high)}；"
        f"偏低为CPU月均低于{_percent(band.cpu_low)}且内存月均低于{_percent(band.memory_low)}；其余为合理；"
        f"样本不足{least.hours}小时或采集覆盖率低于{_percent(least.coverage * 100)}的为数据不足。"
    )


def advice_in_words(policy: Policy) -> str:
    """When which advice is given, and how full a proposed flavor may be."""
    down, up, most = policy.scale_down_advice, policy.scale_up_advice, policy.proposed
    return (
        f"回收：云主机闲置。升配：CPU的P95高于{_percent(up.cpu_p95_above)}或内存的P95高于{_percent(up.memory_p95_above)}。"
        f"降配：连续{down.months}个月CPU月均低于{_percent(down.cpu_mean_below)}、P95低于{_percent(down.cpu_p95_below)}，"
        f"且内存的P95低于{_percent(down.memory_p95_below)}。建议规格以预计P95不高于CPU{_percent(most.cpu_p95_max)}、"
        f"内存{_percent(most.memory_p95_max)}为限；节约为负数的，表示需要增加。"
    )


def storage_bands_in_words(policy: Policy) -> str:
    """What a bucket that is low or tight is; empty where the policy judges none."""
    marks = policy.storage
    if marks is None:
        return ""
    return (
        f"使用率为月结时已用容量与存储桶限额之比；紧张为高于{_percent(marks.above)}；偏低为低于{_percent(marks.low)}；"
        "其余为合理；对象存储未提供已用容量的为数据不足。"
    )


def storage_advice_in_words(policy: Policy) -> str:
    """When a bucket's limit is advised to be another, and which; empty where the policy judges none."""
    marks, months = policy.storage, policy.scale_down_advice.months
    if marks is None:
        return ""
    return (
        f"扩容：月结时使用率高于{_percent(marks.above)}。缩容：连续{months}个月月结时使用率低于{_percent(marks.low)}且限额未变。"
        f"建议限额为使用率不高于{_percent(marks.most)}的最小整数GiB，缩容以各月中最高的已用容量计；"
        "节约为负数的，表示需要增加。同意的，以意向表变更存储桶限额。"
    )


def kept_advice_in_words(policy: Policy) -> str:
    """When it is advised to end the keeping of a volume that no server has; empty where the policy says nothing."""
    kept = policy.kept_volume_advice
    if kept is None:
        return ""
    return (
        f"交接：云硬盘已不属于任何云主机、依意向表（第十二条）保留数据，保留期限已过，或未定期限且连续{kept.months}个月末仍在保留。"
        "使用单位取回数据、签署数据交接后清除；未签署的一直保留。"
    )


def _percent(value: float) -> str:
    return f"{value:g}%"
