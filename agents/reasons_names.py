"""What metrics, facts and windows are called in plain words."""

from typing import Final

from agents.reasons_said import Said
from rules.fact_names import ATTRIBUTE, CONSENT, FACTS

METRICS: Final = {
    "spend_net": Said("net spending", "净消费"),
    "qualifying_points": Said("points that count for levels", "定级积分"),
    "orders": Said("orders", "订单数"),
    "purchase_days": Said("days with a purchase", "购买天数"),
    "engagement_points": Said("points for taking part", "互动积分"),
    "referrals": Said("purchases of referred friends", "推荐成交数"),
    "tenure_days": Said("days as a member", "入会天数"),
    "active_points": Said("points that can be spent", "可用积分"),
}
CHINESE: Final = {
    "days_since_purchase": "距上次购买天数",
    "days_since_first_purchase": "距首次购买天数",
    "days_since_engagement": "距上次互动天数",
    "days_since_interaction": "距上次购买、互动或入会天数",
    "activity": "活跃度",
    "activity_ratio": "近期与此前活跃度之比",
    "open_complaints": "未解决投诉数",
    "unsubscribed": "退订（1 为是）",
    "usual_channel": "常用渠道",
    "tier": "等级",
    "top_tier": "最高等级（1 为是）",
    "gap_ratio": "距上次购买与通常间隔之比",
    "risk_level": "流失预警等级",
    "risk": "期限内不购买的概率",
    "p_alive": "仍为客户的概率",
    "clv": "客户价值",
    "language": "语言",
    "stage": "生命周期阶段",
    "days_in_stage": "本阶段天数",
    "purchase_days_in_stage": "本阶段购买天数",
    "rfm_r": "近度评分",
    "rfm_f": "频度评分",
    "rfm_m": "金额评分",
    "value": "价值分层",
}
"""Each fact of `rules.fact_names`."""

NOW: Final = "calendar now"  # As it is written for a balance.
_WINDOWS: Final = {
    "lifetime": "累计",
    "anniversary": "本会员年度",
    "since_tier_start": "本等级以来",
    "cycle": "本周期",
    NOW: "当前",
    "calendar month": "本月",
    "calendar quarter": "本季度",
    "calendar half": "本半年",
    "calendar year": "本年",
}


def fact_in_words(name: str) -> Said:
    """A metric or fact by its name in a rulebook; what is not known by that name."""
    if name in METRICS:
        return METRICS[name]
    if name.startswith(ATTRIBUTE):
        own = name.removeprefix(ATTRIBUTE)
        return Said(f"the attribute {own} of the profile", f"资料属性 {own} ")
    if name.startswith(CONSENT):
        scope = name.removeprefix(CONSENT)
        return Said(f"consent to {scope} (1: yes)", f"授权 {scope}（1 为是）")
    return Said(FACTS[name].what, CHINESE[name]) if name in FACTS else Said(name, name + " ")


def window_in_chinese(window: str) -> str:
    """The window as a rulebook writes it, in Chinese."""
    words = window.split(" ")
    if words[0] == "rolling":
        return f"近 {words[1]} 天"
    return _WINDOWS.get(window, window + " ")
