"""What a level was given for, which refunds undo."""

from datetime import date
from typing import TYPE_CHECKING, Any

from tests.reference.conditions import holds, leaves
from tests.reference.qualifying import counted
from tests.reference.standing import Grant

if TYPE_CHECKING:
    from tests.reference.levels import Levels


def after_refund(levels: "Levels", qualified_ms: int) -> None:
    """The evidence rule: a level falls when what it was given for is gone and does not hold anew."""
    for kept in levels.grants.values():
        still = {order.day(levels.member.clock) for order in kept.orders if order.counts}
        kept.days = kept.days & levels.member.purchase_days() | still
    for code in [code for code in levels.rises if not carries(levels, code)]:
        if levels.entered(code):
            grant(levels, code)
        else:
            del levels.rises[code], levels.grants[code]
    if levels.code not in levels.grants or carries(levels, levels.code):
        return
    if levels.entered(levels.code):
        grant(levels, levels.code)
        return
    if levels.keys.get("refund_tier") == "at_review":
        return
    for code in levels.codes[levels.rank(levels.code) :]:
        if code not in levels.rises:
            levels.grants.pop(code, None)
    lower = levels.codes[: levels.rank(levels.code)]
    for code in reversed(lower):
        if code == levels.codes[0] or (code in levels.grants and carries(levels, code)):
            break
        if levels.entered(code):
            grant(levels, code)
            break
        levels.grants.pop(code, None)
    levels.move(code, "refund", qualified_ms)


def carries(levels: "Levels", code: str) -> bool:
    """Whether what a level was given for still stands."""
    kept = levels.grants[code]
    spans = {id(leaf): span for leaf, span in kept.spans}
    return holds(
        kept.condition,
        lambda leaf: levels.value(leaf, spans[id(leaf)], kept) >= levels.asked(leaf, kept.percent),
    )


def grant(
    levels: "Levels",
    code: str,
    condition: Any = None,
    percent: int = 100,
    day: date | None = None,
    began_ms: int | None = None,
) -> None:
    """Keeps what a level is given for, by default its entry as of today."""
    member, asks = levels.member, condition or levels.level(code)["entry"]
    today = member.today() if day is None else day
    levels.grants[code] = Grant(
        asks,
        percent,
        [(leaf, levels.span(leaf, today, began_ms)) for leaf in leaves(asks)],
        list(member.orders.values()),
        member.purchase_days(),
        list(member.engaged),
        max((today - levels.joined()).days, 0),
        list(member.referrals),
        counted(member),
    )
