"""Sentences about points: each entry of the ledger with its rule, its numbers and what is left."""

from collections.abc import Callable
from typing import Final

from agents.reasons_said import Said
from agents.reasons_words import COLON, NOTHING, Data, Shop, by, joined, lapse, sentence

LESS: Final = {
    "capped": Said("a cap", "上限"),
    "not enrolled": Said("not a member yet", "尚未入会"),
    "no rule": Said("no rule gives any", "没有适用规则"),
    "text too short": Said("the text is too short", "内容过短"),
}
REFUSED: Final = {
    "insufficient": "可用积分不足",
    "unknown_wallet": "没有该积分账户",
    "redemption_known": "该兑换编号已使用",
}


def _of(data: Data) -> Said:
    ref = data.get("ref", {})
    if "order_id" in ref:
        return Said(f"order {ref['order_id']}", f"订单 {ref['order_id']}")
    about = f" ({ref['ref_id']})" if ref.get("ref_id") else ""
    return Said(f"{ref.get('engagement', 'an event')}{about}", f"{ref.get('engagement', '事件')}{about}")


def _rules(data: Data) -> Said:
    rules = [f"{each['rule']} ({each['says']})" for each in data.get("rules", ())]
    if not rules:
        return NOTHING
    en, zh = f" by {'; '.join(rules)}", f"，依据规则 {'; '.join(rules)}"
    if data.get("tier_times", "1") not in ("", "1"):
        en += f", times {data['tier_times']} for level {data['tier']}"
        zh += f"，等级 {data['tier']} 倍率 {data['tier_times']}"
    return Said(en, zh)


def _less(data: Data) -> Said:
    """Why fewer points came out than the rules give."""
    if not data.get("why"):
        return NOTHING
    why = LESS.get(data["why"], Said(data["why"], data["why"]))
    if data.get("capped_from") is not None:
        return Said(
            f", {data['capped_from']:,} without {why.en}", f"，因{why.zh}由 {data['capped_from']:,} 减少"
        )
    return Said(f" ({why.en})", f"（{why.zh}）")


def earned(kind: str, data: Data, shop: Shop) -> Said:
    """`points.earned` and `points.pending`."""
    of, rules, less, qty = _of(data), _rules(data), _less(data), data["qty"]
    waits = NOTHING
    if kind == "points.pending":
        waits = Said(", to be spent later", "，稍后可用")
        if data.get("activates_ms"):
            at = shop.moment(data["activates_ms"])
            waits = Said(f", to be spent from {at} on", f"，{at} 起可用")
        elif data.get("awaits"):
            waits = Said(f", to be spent once it is {data['awaits']}", f"，待 {data['awaits']} 后可用")
    word, word_zh = ("wait", "待生效") if kind == "points.pending" else ("earned", "获得")
    base = Said(
        f"{qty:,} {data['wallet']} {word} for {of.en}", f"{of.zh} {word_zh} {qty:,} 积分（{data['wallet']}）"
    )
    return sentence(base, rules, less, waits)


def clawed(kind: str, data: Data, shop: Shop) -> Said:
    """`points.clawed_back`."""
    of, qty, kept = _of(data), data["qty"], data["kept"]
    back, left = shop.money(data["refunded_minor"]), shop.money(data["remaining_minor"])
    owed = data.get("to_debt", 0)
    debt = (
        Said(f"; {owed:,} had been spent and are owed", f"；其中 {owed:,} 已使用，记为欠分")
        if owed
        else NOTHING
    )
    base = Said(
        f"{qty:,} points taken back: {back} of {of.en} was returned, and what is left ({left}) earns "
        f"{kept:,}",
        f"收回 {qty:,} 积分：{of.zh} 退款 {back}，剩余 {left} 应得 {kept:,}",
    )
    return sentence(base, debt)


def _activated(data: Data, shop: Shop) -> tuple[Said, Said]:
    order = data.get("order_id")
    return Said("became active", "已生效"), Said(
        f" for order {order}", f"（订单 {order}）"
    ) if order else NOTHING


def _expired(data: Data, shop: Shop) -> tuple[Said, Said]:
    why = {
        "late": Said(": they were booked after their time", "：入账时已过期"),
        "reset": Said(": the review of levels lets them go", "：等级复核清零"),
    }.get(data.get("why", ""))
    return Said("lapsed unspent", "未使用已过期"), why or joined([lapse(data, shop)], COLON)


def _expiring(data: Data, shop: Shop) -> tuple[Said, Said]:
    return Said("will lapse soon unless they are spent", "若不使用即将过期"), joined(
        [lapse(data, shop)], COLON
    )


def _redeemed(data: Data, shop: Shop) -> tuple[Said, Said]:
    reward = f" on {data['reward']}" if data.get("reward") else ""
    reward_zh = f"：{data['reward']}" if data.get("reward") else ""
    id = data["redemption_id"]
    return Said("were spent", "已兑换"), Said(f"{reward} ({id})", f"{reward_zh}（{id}）")


def _reversed(data: Data, shop: Shop) -> tuple[Said, Said]:
    order, id = data.get("order_id"), data["redemption_id"]
    for_order = Said(f" for the return of order {order}", f"（订单 {order} 退货）") if order else NOTHING
    less = NOTHING
    if data.get("why"):
        less = Said(
            f"; {data['due']:,} were due, the rest came back before",
            f"；应返还 {data['due']:,}，其余此前已返还",
        )
    return Said("came back from redemption", "兑换撤销返还"), Said(
        f" {id}{for_order.en}{less.en}", f"（{id}）{for_order.zh}{less.zh}"
    )


def _adjusted(data: Data, shop: Shop) -> tuple[Said, Said]:
    code = data["reason_code"]
    return Said("by hand", "人工调整"), Said(f" ({code})", f"（{code}）")


def _repaid(data: Data, shop: Shop) -> tuple[Said, Said]:
    left = data.get("balance", {}).get("debt", 0)
    return Said("went to what was owed", "用于偿还欠分"), Said(
        f", {left:,} are owed still", f"，仍欠 {left:,}"
    )


def _written_off(data: Data, shop: Shop) -> tuple[Said, Said]:
    order = data["order_id"]
    return Said("need not be given back", "无需追回"), Said(
        f": they had been spent before order {order} came back, and the rulebook lets them go",
        f"：订单 {order} 退货前已使用，按规则核销",
    )


def _out(data: Data, shop: Shop) -> tuple[Said, Said]:
    to, id = data["to"], data["transfer_id"]
    return Said("were handed to another customer", "已转出"), Said(f", {to} ({id})", f"给 {to}（{id}）")


def _in(data: Data, shop: Shop) -> tuple[Said, Said]:
    sender, id, back = data["sender"], data["transfer_id"], data.get("returned")
    if back:
        return Said("came back from a transfer", "转赠退回"), Said(f" ({id}: {back})", f"（{id}：{back}）")
    return Said("came from another customer", "已转入"), Said(
        f", {sender} ({id})", f"，来自 {sender}（{id}）"
    )


ENTRIES: Final[dict[str, Callable[[Data, Shop], tuple[Said, Said]]]] = {
    "points.activated": _activated,
    "points.expired": _expired,
    "points.expiring": _expiring,
    "points.redeemed": _redeemed,
    "points.redeem_reversed": _reversed,
    "points.adjusted": _adjusted,
    "points.debt_repaid": _repaid,
    "points.written_off": _written_off,
    "points.transferred_out": _out,
    "points.transferred_in": _in,
}


def entry(kind: str, data: Data, shop: Shop) -> Said:
    """Any other entry: how many points, what became of them and why, and what can be spent after it."""
    (word, word_zh), why = ENTRIES[kind](data, shop)
    actor, qty, wallet, active = by(data), data["qty"], data["wallet"], data["balance"]["active"]
    return Said(
        f"{qty:,} {wallet} {word}{why.en}{actor.en}. {active:,} can be spent.",
        f"{qty:,} 积分（{wallet}）{word_zh}{why.zh}{actor.zh}。可用 {active:,}。",
    )


def rejected(kind: str, data: Data, shop: Shop) -> Said:
    """`points.redeem_rejected`."""
    qty, id, active, actor = data["qty"], data["redemption_id"], data["balance"]["active"], by(data)
    why = REFUSED.get(data["why"], data["why"])
    return Said(
        f"{qty:,} {data['wallet']} were not spent ({id}){actor.en}: {data['message']}.",
        f"未兑换 {qty:,} 积分（{id}）{actor.zh}：{why}，可用 {active:,}。",
    )
