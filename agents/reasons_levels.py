"""Sentences about levels: what changed, by which condition with which numbers, and until when it holds."""

from typing import Final

from agents.reasons_said import Said
from agents.reasons_words import (
    COLON,
    NOTHING,
    Data,
    Shop,
    by,
    joined,
    missing,
    readings,
    sentence,
    until,
)

WHY: Final = {
    "event": Said("by what was bought or done", "因消费或互动"),
    "refund": Said("after a return", "因退货退款"),
    "tenure": Said("by time as a member", "因入会时长"),
    "review": Said("at the review", "到期复核"),
    "correction": Said("by an event that came late", "因迟到的事件更正"),
    "real_time": Said("because the condition no longer holds", "条件不再满足"),
    "override": Said("by hand", "人工设定"),
}
MODES: Final = {"floor": Said("at least", "至少"), "pin": Said("exactly", "固定为")}
MOVES: Final = {
    "tier.enrolled": Said("Joined at level {to}", "入会，等级 {to}"),
    "tier.upgraded": Said("Rose from {from} to {to}", "从 {from} 升级到 {to}"),
    "tier.downgraded": Said("Fell from {from} to {to}", "从 {from} 降级到 {to}"),
}


def moved(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.enrolled`, `tier.upgraded`, `tier.downgraded`."""
    words, why, actor = MOVES[kind], _why(data["reason"]), by(data)
    # Who did it by hand says so.
    how = actor if data["reason"] == "override" and actor.en else Said(f" ({why.en})", f"（{why.zh}）")
    skipped = data.get("skipped", ())
    over = Said(f" past {', '.join(skipped)}", f"（跳过 {'、'.join(skipped)}）") if skipped else NOTHING
    start = Said(words.en.format_map(data), words.zh.format_map(data))
    return sentence(start, over, until(data, shop), how, joined([readings(data, shop)], COLON))


def _why(word: str) -> Said:
    return WHY.get(word, Said(word, word))


def renewed(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.renewed`."""
    why = _why(data["reason"])
    start = Said(f"Level {data['tier']} was kept", f"等级 {data['tier']} 续期")
    how = Said(f" ({why.en})", f"（{why.zh}）")
    return sentence(start, until(data, shop), how, joined([readings(data, shop)], COLON))


def grace(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.grace_started`."""
    ends = shop.moment(data["grace_until_ms"])
    start = Said(
        f"Level {data['tier']} was not kept; grace until {ends}",
        f"等级 {data['tier']} 未保级，宽限期至 {ends}",
    )
    return sentence(start, joined([readings(data, shop), missing(data, shop)], COLON))


def warning(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.downgrade_warning`."""
    days, at = data["days_left"], shop.moment(data["valid_until_ms"])
    start = Said(
        f"Level {data['tier']} will be lost in {days} days, at {at}",
        f"等级 {data['tier']} 将在 {days} 天后（{at}）失去",
    )
    return sentence(start, joined([readings(data, shop), missing(data, shop)], COLON))


def progress(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.progress`."""
    percent, code = data["percent"], data["next_tier"]["code"]
    start = Said(f"{percent} % of level {code} is reached", f"已达到等级 {code} 的 {percent}%")
    return sentence(start, joined([readings(data, shop), missing(data, shop)], COLON))


def override(kind: str, data: Data, shop: Shop) -> Said:
    """`tier.override_set` and `tier.override_released`."""
    mode, tier, actor = MODES.get(data["mode"], Said(data["mode"], data["mode"])), data["tier"], by(data)
    if kind == "tier.override_set":
        start = Said(f"Level by hand: {mode.en} {tier}", f"人工设定等级：{mode.zh} {tier}")
        return sentence(start, until(data, shop), actor)
    ended = Said(": its time was over", "（到期）") if data["why"] == "until" else actor
    return sentence(
        Said(f"The level is by the rules again, no longer {tier}", f"不再人工设定 {tier}，恢复按规则"), ended
    )
