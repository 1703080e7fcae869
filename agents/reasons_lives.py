"""Sentences about a customer's life: absence, stages, tags, words sent, consents, care and referrals."""

from typing import Any, Final

from agents.reasons_said import Said
from agents.reasons_words import (
    COLON,
    NOTHING,
    Data,
    Shop,
    by,
    criteria,
    joined,
    percent,
    ratio,
    sentence,
    until,
)

RAISES: Final = Said(", which makes the level one higher", "，等级因此升一级")


def alert(kind: str, data: Data, shop: Shop) -> Said:
    """`churn.alert`: the absence, the level's rule, what the model says, each factor, what is suggested."""
    usual, gap = _days(data["expected_gap_days"]), data["gap_days"]
    before = (
        Said(f" (before: {data['previous']})", f"（此前 {data['previous']}）")
        if data["previous"]
        else NOTHING
    )
    rule = NOTHING
    if data["ratio"]:
        rule = Said(
            f", over {data['ratio']} times the usual {usual}",
            f"，通常为 {usual} 天（超过 {data['ratio']} 倍）",
        )
    start = Said(
        f"Alert {data['level']}{before.en}: no purchase for {gap} days{rule.en}",
        f"流失预警 {data['level']}{before.zh}：已 {gap} 天未购买{rule.zh}",
    )
    action = data.get("suggested_action")
    suggested = Said(f"suggested: {action}", f"建议：{action}") if action else NOTHING
    factors = [factor_in_words(each) for each in data.get("factors", ())]
    return sentence(
        start, joined([NOTHING, model_in_words(data, shop), *factors, suggested], Said("; ", "；"))
    )


def absence_in_words(data: Data, lifted: bool) -> Said:
    """How long a customer has been away, and which level that raises; `lifted`: one higher by a factor."""
    gap, usual, times = data["gap_days"], _days(data["expected_gap_days"]), ratio(data["gap_ratio_ppm"])
    away = Said(
        f"No purchase for {gap} days, {times} times the usual {usual}",
        f"已 {gap} 天未购买，为通常 {usual} 天的 {times} 倍",
    )
    level, rule = data["level"], data["ratio"]
    if not level:
        return sentence(away, Said(", which raises no level", "，未达预警等级"))
    if lifted:
        higher = Said(", one higher than by absence alone", "，比仅按未购买天数高一级")
        return sentence(away, Said(f": level {level}{higher.en}", f"：预警等级 {level}{higher.zh}"))
    asks = Said(f" (from {rule} times on)", f"（{rule} 倍起）") if rule else NOTHING
    return sentence(away, Said(f": level {level}{asks.en}", f"：预警等级 {level}{asks.zh}"))


def _days(expected: list[int]) -> str:
    num, den = expected
    return f"{num / den:.0f}"


def model_in_words(data: Data, shop: Shop) -> Said:
    """What the model says of a customer, nothing where there is none."""
    if data.get("risk_ppm") is None:
        return NOTHING
    risk, alive, days = percent(data["risk_ppm"]), percent(data["p_alive_ppm"]), data["horizon_days"]
    worth = NOTHING
    if data.get("clv_minor") is not None:
        money, ahead = shop.money(data["clv_minor"]), data["clv_days"]
        worth = Said(f", worth {money} within {ahead} days", f"，{ahead} 天内价值 {money}")
    version = data["model_version"]
    return Said(
        f"model {version}: no purchase within {days} days with {risk}, "
        f"still a customer with {alive}{worth.en}",
        f"模型 {version}：{days} 天内不购买的概率 {risk}，仍为客户的概率 {alive}{worth.zh}",
    )


def factor_in_words(each: Data) -> Said:
    """One number behind the risk, and whether it made the level higher."""
    name, value, limit = each["factor"], each["value"], each.get("limit")
    texts = _FACTORS.get(name)
    if texts is None:
        found = Said(f"{name} {value:,}", f"{name} {value:,}")
    else:
        shown = {"value": f"{value:,}", "percent": percent(value), "days": f"{value / 1000:.1f}"}
        words = shown | {"limit": "" if limit is None else percent(limit)}
        found = Said(texts.en.format_map(words), texts.zh.format_map(words))
    return Said(found.en + RAISES.en, found.zh + RAISES.zh) if each.get("raises") else found


_FACTORS: Final = {
    "open_complaints": Said("open complaints: {value}", "未解决的投诉 {value} 起"),
    "unsubscribed": Said("unsubscribed: {value} (1: yes)", "退订：{value}（1 为已退订）"),
    "refunds_ppm": Said(
        "{percent} of the last five orders' money came back (above {limit} counts)",
        "最近五笔订单退款占 {percent}（超过 {limit} 计入）",
    ),
    "activity_ratio_ppm": Said(
        "activity of late is {percent} of that before (up to {limit} counts)",
        "近期活跃度为此前的 {percent}（不高于 {limit} 计入）",
    ),
    "orders_90d": Said("orders within 90 days: {value}", "近 90 天订单 {value} 笔"),
    "orders_90d_before": Said("in the 90 days before: {value}", "之前 90 天 {value} 笔"),
    "moving_interval_millidays": Said("lately {days} days between purchases", "近期购买间隔 {days} 天"),
    "gap_ratio_ppm": Said("{percent} of the usual interval is over", "已过通常间隔的 {percent}"),
}


def recovered(kind: str, data: Data, shop: Shop) -> Said:
    """`churn.recovered`."""
    gap, level, order = data["gap_days"], data["previous"], data.get("ref", {}).get("order_id", "")
    return Said(
        f"Bought again after {gap} days (order {order}): no longer {level}.",
        f"{gap} 天后再次购买（订单 {order}），预警 {level} 解除。",
    )


AXES: Final = {"stage": Said("Stage", "生命周期阶段"), "value": Said("Value segment", "价值分层")}


def stage(kind: str, data: Data, shop: Shop) -> Said:
    """`lifecycle.changed`."""
    axis, left, days = (
        AXES.get(data["axis"], Said(data["axis"], data["axis"])),
        data["from"],
        data.get("days", 0),
    )
    before = Said(f" after {days} days of {left}", f"（此前 {left}，{days} 天）") if left else NOTHING
    start = Said(f"{axis.en} {data['to']}{before.en}", f"{axis.zh} {data['to']}{before.zh}")
    return sentence(start, joined([criteria(data, shop)], COLON))


TAGGED: Final = {
    "tag.added": Said("Tag {tag} was given", "添加标签 {tag}"),
    "tag.removed": Said("Tag {tag} was taken away", "移除标签 {tag}"),
    "tag.released": Said("Tag {tag} is left to the rules again", "标签 {tag} 恢复按规则"),
}
TAG_WHY: Final = {
    "rule": Said("by its rule", "按规则"),
    "command": Said("by hand", "人工"),
    "expired": Said("its time is over", "已到期"),
    "replaced": Said("another tag of its group took its place", "被同组标签取代"),
    "gone": Said("the rulebook has it no more", "规则中已无此标签"),
    "given": Said("it had been given by hand", "此前人工添加"),
    "barred": Said("it had been taken by hand", "此前人工移除"),
}


def tag(kind: str, data: Data, shop: Shop) -> Said:
    """`tag.added`, `tag.removed`, `tag.released`."""
    words, why = TAGGED[kind], TAG_WHY.get(data["why"], Said(data["why"], data["why"]))
    place = f" ({data['dimension']}{', group ' + data['group'] if data.get('group') else ''})"
    place_zh = f"（{data['dimension']}{'，组 ' + data['group'] if data.get('group') else ''}）"
    start = Said(words.en.format_map(data) + place, words.zh.format_map(data) + place_zh)
    how = by(data) if data["why"] == "command" else Said(f", {why.en}", f"，{why.zh}")
    return sentence(start, how, until(data, shop), joined([criteria(data, shop)], COLON))


CLASSES: Final = {"transactional": "交易", "service": "服务", "marketing": "营销"}
CAUSES: Final = {
    "no_consent": Said("the customer does not agree to it", "客户未授权"),
    "complaint": Said("a complaint is open or was resolved only lately", "投诉未解决或刚解决"),
    "expired": Said("it would have come too late", "已过有效期"),
    "capped": Said("as much as the rulebook allows was said already", "已达频次上限"),
    "undone": Said("what it would have told was undone at once", "所述变化已被撤销"),
    "no_action": Said("the strategy has no action for it", "策略没有对应行动"),
}


def requested(kind: str, data: Data, shop: Shop) -> Said:
    """`notify.requested`: the words, what they are about by which rule, and when and where they may go."""
    klass, text, intent = data["class"], data["text"], data["intent"]
    about = Said(f", for {data['why']}", f"，依据 {data['why']}")
    start, end = shop.moment(data["not_before_ms"]), shop.moment(data["expires_ms"])
    held = (
        Said(" after the quiet hours", "（避开免打扰时段）")
        if data.get("held_by") == "quiet_hours"
        else NOTHING
    )
    when = Said(f", from {start}{held.en} to {end}", f"，{start} 至 {end} 之间发送{held.zh}")
    channels = data.get("channels", ())
    where = Said(f" by {' or '.join(channels)}", f"，渠道 {'、'.join(channels)}") if channels else NOTHING
    changes = data.get("changes", 1)
    many = Said(f", {changes} changes in one", f"，合并 {changes} 次变化") if changes > 1 else NOTHING
    found: Any = data.get("suggestion")
    what = (
        Said(
            f"; suggested: {found['text']} ({found['offer']})", f"；建议：{found['text']}（{found['offer']}）"
        )
        if found
        else NOTHING
    )
    first = Said(
        f"To be told ({intent}, {klass}): “{text}”",
        f"将通知（{intent}，{CLASSES.get(klass, klass)}）：“{text}”",
    )
    return sentence(first, about, when, where, many, what)


def suppressed(kind: str, data: Data, shop: Shop) -> Said:
    """`notify.suppressed`."""
    klass, cause = data["class"], CAUSES.get(data["cause"], Said(data["cause"], data["cause"]))
    about, changes = data["effect_type"], data.get("changes", 1)
    many = Said(f" ({changes} changes)", f"（{changes} 次变化）") if changes > 1 else NOTHING
    return sentence(
        Said(
            f"Not told ({data['intent']}, {klass}) of {about}{many.en}: {cause.en}",
            f"未通知（{data['intent']}，{CLASSES.get(klass, klass)}）{about}{many.zh}：{cause.zh}",
        )
    )


def consent(kind: str, data: Data, shop: Shop) -> Said:
    """`consent.recorded`."""
    scope, before = data["scope"], data.get("previous", "")
    was = {
        "granted": Said(" (had agreed)", "（此前同意）"),
        "withdrawn": Said(" (had not agreed)", "（此前不同意）"),
    }
    words = Said(f"Agrees to {scope}", f"同意 {scope}")
    if not data["granted"]:
        words = Said(f"Does not agree to {scope} any more", f"不再同意 {scope}")
    return sentence(words, was.get(before, Said(" (nothing was known)", "（此前未知）")), by(data))


def care(kind: str, data: Data, shop: Shop) -> Said:
    """`care.due`."""
    years, points, day = data.get("years", 0), data.get("points", 0), data["day"]
    if data["kind"] == "birthday":
        what = Said(f"Birthday on {day}", f"{day} 生日")
    else:
        what = Said(
            f"On {day} a member for {years} {'year' if years == 1 else 'years'}", f"{day} 入会满 {years} 年"
        )
    gives = Said(f": the rule gives {points:,} points", f"：按规则赠 {points:,} 积分") if points else NOTHING
    return sentence(what, Said(f" (level {data['tier']})", f"（等级 {data['tier']}）"), gives)


REFERRALS: Final = {
    "no_referee": "未说明被推荐人",
    "self": "不能推荐自己",
    "not_enrolled": "有一方尚未入会",
    "circular": "被推荐人曾推荐过该客户",
    "already_referred": "该客户已被他人推荐",
    "already_customer": "该客户在推荐前已购买",
    "same_phone": "双方手机号相同",
    "same_device": "双方设备相同",
    "same_card": "双方支付卡相同",
    "returned": "首单已全部退货",
    "too_little": "首单扣除退款后低于要求",
    "no_programme": "已无推荐规则",
}


def referral(kind: str, data: Data, shop: Shop) -> Said:
    """`referral.refused`."""
    friend = data["referee"] or "—"
    return Said(
        f"The referral of {friend} gives nothing: {data['message']}.",
        f"推荐 {friend} 不予奖励：{REFERRALS.get(data['why'], data['why'])}。",
    )
