"""Wallets beside the points, by the book: each is earned and taken back as if its rules were alone."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.reference.caps import Share
from tests.reference.earning import Worth, after_refunds, worth
from tests.reference.orders import Keys, Order, matches

if TYPE_CHECKING:
    from tests.reference.member import Member

KINDS = ("rules", "multipliers", "bonuses")


def of(earn: Keys, wallet: str) -> Keys:
    """The rules that fill a wallet."""
    mine = {
        kind: [rule for rule in earn.get(kind, []) if rule.get("wallet", "points") == wallet]
        for kind in KINDS
    }
    return earn | mine


def touched(member: "Member", order: Order) -> list[str]:
    """The other wallets of which a rule speaks of a line of the order, bought as a member."""
    named = {
        rule.get("wallet", "points")
        for kind in KINDS
        for rule in member.keys["earn"].get(kind, [])
        if any(matches(rule.get("when"), order.sent, part.sent) for part in order.parts.values())
    }
    return sorted(named - {"points"}) if order.counts_for_points else []


def whole(member: "Member", order: Order, wallet: str) -> Worth:
    """What the whole order is worth in a wallet; the programme's bound is not for it."""
    found = worth(of(member.keys["earn"], wallet), _unbound(order), member.currency, only_what_is_left=False)
    found.shares = tuple(replace(one, bounded_by=_own(one)) for one in found.shares)
    return found


def use(member: "Member", order: Order, points: Worth) -> None:
    """Counts in all bounds what the whole order gives to every wallet."""
    found = [points, *(whole(member, order, wallet) for wallet in touched(member, order))]
    shares = [share for one in found for share in one.shares]
    given = {rule: qty for one in found for rule, qty in (one.by_rule or {}).items()}
    member.caps.use(shares, given, order.day(member.clock), order.name, "")


def grant(member: "Member", order: Order) -> None:
    """Gives what a new order earns for other wallets."""
    for wallet in touched(member, order):
        found = whole(member, order, wallet)
        order.others[wallet] = found.points, 0
        shown = shown_of(found)
        why = "capped" if shown["capped_from"] else ""
        day = order.day(member.clock)
        member.wallets[wallet].give(found.points, day, order.name, False, qualifying=0, why=why, **shown)


def settle(member: "Member", order: Order, over: bool, refund: bool) -> None:
    """Gives or takes the difference to what is left of the order, by wallet; a refund gives nothing."""
    for wallet in sorted({*order.others, *touched(member, order)}):
        granted, clawed = order.others.get(wallet, (0, 0))
        left = after_refunds(of(member.keys["earn"], wallet), _unbound(order), member.currency).points
        change, held = left - (granted - clawed), member.wallets[wallet]
        if change > 0 and not refund:
            granted += change
            found, day = whole(member, order, wallet), member.clock.day(member.event_ms or 0)
            told = {"qualifying": 0, "order_points": found.points, **shown_of(found)}
            held.give(change, day, order.name, order.delivered, **told)
        elif change < 0:
            clawed -= change
            held.claw(-change, order.name, qualifying=0, over_refund=over)
        order.others[wallet] = granted, clawed


def shown_of(found: Worth) -> Keys:
    """How an entry tells of caps and rules."""
    capped = found.uncapped != found.points
    return {"capped_from": found.uncapped if capped else 0, "rules": found.by_rule or {}}


def _unbound(order: Order) -> Order:
    return replace(
        order, rooms={owner: rooms for owner, rooms in order.rooms.items() if owner != "programme"}
    )


def _own(share: Share) -> list[str]:
    return [owner for owner in share.bounded_by if owner != "programme"]
