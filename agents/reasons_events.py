"""Sentences about what came in: orders, engagements, profiles, commands, and records put aside."""

from typing import Final

from agents.reasons_said import Said
from agents.reasons_words import NOTHING, Data, Shop, by, sentence, until
from rules.currencies import MINOR_DIGITS

ORDERS: Final = {
    "purchase.refunded": Said("was refunded", "退款"),
    "purchase.cancelled": Said("was cancelled", "取消"),
    "purchase.delivered": Said("arrived", "送达"),
}


def purchase(kind: str, data: Data, shop: Shop) -> Said:
    """`purchase.*`."""
    order = data["order_id"]
    if kind == "purchase.completed":
        paid = sum(
            line["unit_price"] * line.get("qty", 1) - line.get("discount", 0) for line in data["lines"]
        )
        own = Shop(MINOR_DIGITS.get(data["currency"], shop.digits), data["currency"])
        newer = data.get("order_version", 1)
        version = Said(f" (version {newer})", f"（第 {newer} 版）") if newer > 1 else NOTHING
        return Said(
            f"Order {order}{version.en}: {own.money(paid)}.", f"订单 {order}{version.zh}：{own.money(paid)}。"
        )
    word, back = ORDERS[kind], NOTHING
    if data.get("amount") is not None:
        back = Said(f": {shop.money(data['amount'])}", f"：{shop.money(data['amount'])}")
    elif data.get("lines"):
        lines = ", ".join(each["line_id"] for each in data["lines"])
        back = Said(f": lines {lines}", f"：行 {lines}")
    return Said(f"Order {order} {word.en}{back.en}.", f"订单 {order} {word.zh}{back.zh}。")


ENGAGED: Final = {
    "signup": Said("Signed up", "注册"),
    "app_open": Said("Opened the app", "打开应用"),
    "login": Said("Logged in", "登录"),
    "checkin": Said("Checked in", "签到"),
    "review": Said("Wrote a review", "写评价"),
    "share": Said("Shared", "分享"),
    "complaint": Said("Complained", "投诉"),
    "ticket_opened": Said("Opened a ticket", "提交工单"),
    "ticket_resolved": Said("A ticket was resolved", "工单解决"),
    "unsubscribe": Said("Unsubscribed", "退订"),
    "survey": Said("Answered a survey", "填写问卷"),
    "nps": Said("Said how likely a recommendation is", "推荐意愿评分"),
    "rating": Said("Rated", "评分"),
    "email_open": Said("Opened an e-mail", "打开邮件"),
    "email_click": Said("Followed a link in an e-mail", "点击邮件链接"),
    "push_click": Said("Followed a push message", "点击推送"),
    "wishlist": Said("Put on the wish list", "加入心愿单"),
    "event_attended": Said("Came to an event", "参加活动"),
    "referral_purchase": Said("A referred friend bought", "被推荐的朋友购买"),
    "profile_completed": Said("Completed the profile", "完善资料"),
    "referral_signup": Said("Referred a friend", "推荐朋友"),
}
_NUMBERS: Final = {
    "referee_id": Said("friend", "朋友"),
    "score": Said("score", "评分"),
    "severity": Said("severity", "严重程度"),
    "text_len": Said("characters", "字数"),
    "value": Said("value", "数值"),
}


def engagement(kind: str, data: Data, shop: Shop) -> Said:
    """`engagement.*`."""
    name = kind.partition(".")[2]
    word = ENGAGED.get(name, Said(name.replace("_", " ").capitalize(), name))
    ref = f" ({data['ref_id']})" if data.get("ref_id") else ""
    more = [(text, data[field]) for field, text in _NUMBERS.items() if data.get(field)]
    return Said(
        word.en + ref + "".join(f", {text.en} {value}" for text, value in more) + ".",
        word.zh + ref + "".join(f"，{text.zh} {value}" for text, value in more) + "。",
    )


HASHED: Final = ("phone", "device", "card")


def profile(kind: str, data: Data, shop: Shop) -> Said:
    """`profile.updated`: what is new; of what is kept as a hash only that there is one."""
    told, told_zh = [], []
    for name, value in data["fields"]:
        if value is None:
            told.append(f"{name} removed")
            told_zh.append(f"{name} 已删除")
        else:
            shown = "" if name in HASHED else f" {value}"
            told.append(name + shown)
            told_zh.append(name + shown)
    return Said(f"Profile updated: {', '.join(told)}.", f"资料更新：{'、'.join(told_zh)}。")


COMMANDS: Final = {
    "command.points.redeem": Said(
        "Asked to spend {qty} {wallet} ({redemption_id})",
        "申请兑换 {qty} 积分（{wallet}，{redemption_id}）",
    ),
    "command.points.redeem_reverse": Said(
        "Asked to give back redemption {redemption_id}",
        "申请撤销兑换 {redemption_id}",
    ),
    "command.points.adjust": Said(
        "Asked to change {wallet} by {qty} ({reason_code})",
        "申请调整积分 {qty}（{wallet}，{reason_code}）",
    ),
    "command.points.transfer": Said(
        "Asked to hand {qty} {wallet} to {to} ({transfer_id})",
        "申请转赠 {qty} 积分（{wallet}）给 {to}（{transfer_id}）",
    ),
    "command.tier.override": Said("Asked for level {tier} ({mode})", "申请设定等级 {tier}（{mode}）"),
    "command.tier.release": Said("Asked for the level by the rules again", "申请恢复按规则定级"),
    "command.consent.set": Said("Consent to {scope}: {granted}", "授权 {scope}：{granted}"),
    "command.tag.add": Said("Asked for tag {tag}", "申请添加标签 {tag}"),
    "command.tag.remove": Said("Asked to take tag {tag} away", "申请移除标签 {tag}"),
    "command.tag.release": Said("Asked to leave tag {tag} to the rules", "申请标签 {tag} 恢复按规则"),
    "transfer.received": Said(
        "Points come from {sender} ({transfer_id})",
        "收到 {sender} 转赠的积分（{transfer_id}）",
    ),
    "transfer.returned": Said(
        "Points come back from {receiver} ({transfer_id}: {why})",
        "{receiver} 退回积分（{transfer_id}：{why}）",
    ),
    "referral.opened": Said("Referred by {referrer}", "由 {referrer} 推荐"),
}


def command(kind: str, data: Data, shop: Shop) -> Said:
    """`command.*`, and what partitions tell each other of a customer."""
    words, values = COMMANDS[kind], dict(data)
    if "granted" in values:
        yes, yes_zh = ("yes", "同意") if values["granted"] else ("no", "不同意")
        words = Said(words.en.replace("{granted}", yes), words.zh.replace("{granted}", yes_zh))
    told = Said(words.en.format_map(values), words.zh.format_map(values))
    return sentence(told, until(data, shop), by(data))


def closed(kind: str, data: Data, shop: Shop) -> Said:
    """`referral.closed`."""
    friend, why = data["referee"], data.get("why", "")
    if why:
        return Said(f"The referral of {friend} is over ({why}).", f"推荐 {friend} 结束（{why}）。")
    return Said(f"The referral of {friend} holds.", f"推荐 {friend} 有效。")


REJECTED: Final = {
    "bad_expiry": "有效期不正确",
    "insufficient": "可用积分不足",
    "no_override": "没有人工设定的等级",
    "no_tags": "规则中没有标签",
    "not_by_hand": "该标签并非人工设定",
    "not_enrolled": "尚未入会",
    "not_qualifying": "定级积分不足或不计入",
    "outdated": "已有更新的记录",
    "released": "已恢复按规则",
    "second_actor": "需要第二位操作人",
    "too_many_scopes": "授权项过多",
    "too_many_tags": "标签过多",
    "too_much": "超过可返还的数量",
    "unknown_redemption": "没有该兑换",
    "unknown_tag": "没有该标签",
    "unknown_tier": "没有该等级",
    "unknown_tier_set": "没有该等级体系",
    "unknown_wallet": "没有该积分账户",
    "until_passed": "截止时间已过",
}


def rejected(kind: str, data: Data, shop: Shop) -> Said:
    """`command.rejected`."""
    name, actor = data["command"].removeprefix("command."), by(data)
    why = REJECTED.get(data["why"], data["message"])
    return Said(f"Not done ({name}){actor.en}: {data['message']}.", f"未执行（{name}）{actor.zh}：{why}。")


def letter(kind: str, data: Data, shop: Shop) -> Said:
    """A record that was put aside."""
    return Said(
        f"Put aside ({data['reason']}): {data['message']}.",
        f"已搁置（{data['reason']}）：{data['message']}。",
    )
