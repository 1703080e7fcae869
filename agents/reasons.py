"""Events and decisions in one plain sentence each, in English and Chinese, for whoever asks why.

The sentences are made of what the message itself says, so they are as true as it is.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from rules.currencies import MINOR_DIGITS

Data = dict[str, Any]


class Said(NamedTuple):
    """One sentence in both languages."""

    en: str
    zh: str


def reason_of(kind: str, data: Data, digits: int) -> Said:
    """What a message of this type says; money has so many minor digits."""
    teller = _TELLERS.get(kind) or _TELLERS.get(kind.partition(".")[0], _plainly)
    try:
        return teller(kind, data, digits)
    except (KeyError, IndexError, TypeError, ValueError):  # Of another version.
        return _plainly(kind, data, digits)


def _money(minor: int, digits: int) -> str:
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def _day(instant_ms: int) -> str:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).strftime("%Y-%m-%d")


def _rules(data: Data) -> str:
    return "; ".join(f"{each['rule']} ({each['says']})" for each in data.get("rules", ()))


def _of(data: Data) -> tuple[str, str]:
    ref = data.get("ref", {})
    if "order_id" in ref:
        return f"order {ref['order_id']}", f"订单 {ref['order_id']}"
    return f"{ref.get('engagement', 'an event')}", f"{ref.get('engagement', '事件')}"


def _readings(data: Data) -> str:
    return "; ".join(
        f"{each['metric']} {each['window']}: {each['value']:,} "
        f"{'≥' if each['result'] else '<'} {each['threshold']:,}"
        for each in data.get("explain", ())
    )


def _missing(data: Data) -> str:
    lacking = data.get("missing") or (data.get("next_tier") or {}).get("missing", {})
    return "; ".join(f"{what} (− {gap:,})" for what, gap in lacking.items())


def _earned(kind: str, data: Data, digits: int) -> Said:
    (en, zh), rules = _of(data), _rules(data)
    qty, wallet = data["qty"], data["wallet"]
    why = f" ({data['why']})" if data.get("why") else ""
    word, word_zh = ("wait", "待生效") if kind == "points.pending" else ("earned", "获得")
    by, by_zh = (f" by {rules}", f",依据规则 {rules}") if rules else ("", "")
    return Said(
        f"{qty:,} {wallet} {word} for {en}{by}{why}.", f"{zh}{word_zh} {qty:,} 积分({wallet}){by_zh}{why}。"
    )


def _clawed(kind: str, data: Data, digits: int) -> Said:
    (en, zh), qty = _of(data), data["qty"]
    back, left = _money(data["refunded_minor"], digits), _money(data["remaining_minor"], digits)
    return Said(
        f"{qty:,} points taken back: {back} of {en} was returned, and what is left ({left}) earns "
        f"{data['kept']:,}.",
        f"收回 {qty:,} 积分:{zh}退款 {back},剩余 {left} 应得 {data['kept']:,}。",
    )


_POINTS = {
    "points.activated": ("became active", "已生效"),
    "points.expired": ("lapsed", "已过期"),
    "points.expiring": ("will lapse soon", "即将过期"),
    "points.redeemed": ("were spent", "已兑换"),
    "points.redeem_reversed": ("came back from a redemption", "兑换撤销返还"),
    "points.adjusted": ("by hand", "人工调整"),
    "points.debt_repaid": ("went to what was owed", "用于偿还欠分"),
    "points.transferred_out": ("were handed to another customer", "已转出"),
    "points.transferred_in": ("came from another customer", "已转入"),
}


def _points(kind: str, data: Data, digits: int) -> Said:
    word, word_zh = _POINTS.get(kind, (kind.partition(".")[2].replace("_", " "), kind.partition(".")[2]))
    by, by_zh = _by(data)
    qty, wallet, active = data["qty"], data["wallet"], data.get("balance", {}).get("active")
    after = f" {active:,} can be spent." if active is not None else ""
    after_zh = f"可用 {active:,}。" if active is not None else ""
    return Said(f"{qty:,} {wallet} {word}{by}.{after}", f"{qty:,} 积分({wallet}){word_zh}{by_zh}。{after_zh}")


def _by(data: Data) -> tuple[str, str]:
    by = data.get("by") or {}
    if "actor" not in by:
        return "", ""
    why = f": {by['reason']}" if by.get("reason") else ""
    return f" by {by['actor']}{why}", f"(由 {by['actor']}{why})"


_MOVES = {
    "tier.enrolled": ("Joined at level {to}", "入会,等级 {to}"),
    "tier.upgraded": ("Rose from {from} to {to}", "从 {from} 升级到 {to}"),
    "tier.downgraded": ("Fell from {from} to {to}", "从 {from} 降级到 {to}"),
}


def _moved(kind: str, data: Data, digits: int) -> Said:
    en, zh = (text.format_map(data) for text in _MOVES[kind])
    shown, (by, by_zh) = _readings(data), _by(data)
    return Said(
        f"{en} ({data['reason']}{by}){': ' + shown if shown else ''}.",
        f"{zh}({data['reason']}{by_zh}){':' + shown if shown else ''}。",
    )


_TIERS = {
    "tier.renewed": ("Level {tier} was kept", "等级 {tier} 续期"),
    "tier.grace_started": ("Level {tier} was not kept; grace began", "等级 {tier} 未保级,进入宽限期"),
    "tier.downgrade_warning": (
        "Level {tier} will be lost in {days_left} days",
        "等级 {tier} 将在 {days_left} 天后失去",
    ),
    "tier.progress": ("{percent} % of the next level is reached", "已达到下一等级的 {percent}%"),
    "tier.override_set": ("Level {tier} by hand ({mode})", "人工设定等级 {tier}({mode})"),
    "tier.override_released": ("Level {tier} is by the rules again", "等级 {tier} 恢复按规则"),
}


def _tier(kind: str, data: Data, digits: int) -> Said:
    texts = _TIERS.get(kind, (kind, kind))
    en, zh = (text.format_map(data) for text in texts)
    shown, lacking, (by, by_zh) = _readings(data), _missing(data), _by(data)
    more = "; ".join(each for each in (shown, lacking and f"missing: {lacking}") if each)
    more_zh = ";".join(each for each in (shown, lacking and f"还差:{lacking}") if each)
    return Said(f"{en}{by}{': ' + more if more else ''}.", f"{zh}{by_zh}{':' + more_zh if more_zh else ''}。")


def _alert(kind: str, data: Data, digits: int) -> Said:
    if kind == "churn.recovered":
        gap = data["gap_days"]
        return Said(f"Bought again after {gap} days.", f"{gap} 天后再次购买,预警解除。")
    num, den = data["expected_gap_days"]
    usual, gap = f"{num / den:.0f}", data["gap_days"]
    return Said(
        f"Alert {data['level']}: no purchase for {gap} days, over {data['ratio']} times the usual {usual}.",
        f"流失预警 {data['level']}:已 {gap} 天未购买,通常为 {usual} 天(超过 {data['ratio']} 倍)。",
    )


def _command_rejected(kind: str, data: Data, digits: int) -> Said:
    return Said(f"Not done: {data['message']}.", f"未执行:{data['message']}。")


def _purchase(kind: str, data: Data, digits: int) -> Said:
    order = data["order_id"]
    if kind == "purchase.completed":
        paid = sum(
            line["unit_price"] * line.get("qty", 1) - line.get("discount", 0) for line in data["lines"]
        )
        shown = f"{_money(paid, MINOR_DIGITS.get(data['currency'], digits))} {data['currency']}"
        return Said(f"Order {order}: {shown}.", f"订单 {order}:{shown}。")
    words = {
        "refunded": ("was refunded", "退款"),
        "cancelled": ("was cancelled", "取消"),
        "delivered": ("arrived", "送达"),
    }
    en, zh = words[kind.partition(".")[2]]
    return Said(f"Order {order} {en}.", f"订单 {order} {zh}。")


_ENGAGED = {
    "signup": ("Signed up", "注册"),
    "login": ("Logged in", "登录"),
    "checkin": ("Checked in", "签到"),
    "review": ("Wrote a review", "写评价"),
    "share": ("Shared", "分享"),
    "complaint": ("Complained", "投诉"),
    "ticket_opened": ("Opened a ticket", "提交工单"),
    "ticket_resolved": ("A ticket was resolved", "工单解决"),
    "unsubscribe": ("Unsubscribed", "退订"),
    "survey": ("Answered a survey", "填写问卷"),
    "profile_completed": ("Completed the profile", "完善资料"),
}


def _engaged(kind: str, data: Data, digits: int) -> Said:
    name = kind.partition(".")[2]
    en, zh = _ENGAGED.get(name, (name.replace("_", " ").capitalize(), name))
    ref = f" ({data['ref_id']})" if data.get("ref_id") else ""
    return Said(f"{en}{ref}.", f"{zh}{ref}。")


def _command(kind: str, data: Data, digits: int) -> Said:
    name = kind.removeprefix("command.")
    by, by_zh = _by(data)
    return Said(f"Command {name}{by}.", f"指令 {name}{by_zh}。")


def _plainly(kind: str, data: Data, digits: int) -> Said:
    """The words and numbers of a message as they are called there."""
    what = {key: value for key, value in data.items() if isinstance(value, str | int) and key != "rev"}
    shown = ", ".join(f"{key} {value}" for key, value in what.items() if value not in ("", False))
    name, told = kind.replace(".", " ").replace("_", " "), f": {shown}" if shown else ""
    return Said(f"{name.capitalize()}{told}.", f"{kind}{told}。")


def _letter(kind: str, data: Data, digits: int) -> Said:
    return Said(
        f"Put aside ({data['reason']}): {data['message']}.", f"已搁置({data['reason']}):{data['message']}。"
    )


_TELLERS: dict[str, Callable[[str, Data, int], Said]] = {
    "points.earned": _earned,
    "points.pending": _earned,
    "points.clawed_back": _clawed,
    "points": _points,
    **dict.fromkeys(_MOVES, _moved),
    "tier": _tier,
    "churn": _alert,
    "command.rejected": _command_rejected,
    "purchase": _purchase,
    "engagement": _engaged,
    "command": _command,
    "transfer": _command,
    "dead_letter": _letter,
}
