"""A customer as others see them: everything kept of them that a person or a program may want to know.

A view and no decision: nothing in the engine reads it, and it is no part of what a replay must reproduce.
"""

from typing import Final

from engine.conditions import missing, nearly
from engine.crossing import expected_days
from engine.events import Actor
from engine.grants import values_on
from engine.history import Term
from engine.insight import FACTS
from engine.ledger import shown, wallets
from engine.life import BARRED
from engine.plan import Plan
from engine.profile_parts import (
    Lifetime,
    OrderShown,
    OverrideShown,
    Parcel,
    Profile,
    RhythmShown,
    TagShown,
    TicketShown,
    TierAhead,
    TierShown,
    WalletShown,
)
from engine.risk_facts import judged, risk_level
from engine.state import Account, Customer, Standing
from engine.strategy import suggested
from engine.tier_plan import SetPlan
from engine.tier_timers import began_ms, ends_ms, own_rank
from engine.turn import Turn
from engine.wallet import Shelf, Wallet
from rules.compiled import Rulebook

ELSEWHERE: Final = (
    "tier",
    "top_tier",
    "language",
    "risk_level",
    "risk_ppm",
    "p_alive_ppm",
    "clv_minor",
)  # Facts that the profile tells in their place.
PARCELS_MAX: Final = 6  # Of points that expire, and of points that become active; the rest is a sum.


def profile_of(account: Account, rulebook: Rulebook, plan: Plan, now_ms: int) -> Profile:
    """The profile of a customer as of an instant, which decides what the windows of levels read."""
    customer = account.customer
    turn = Turn(account, rulebook, plan, now_ms, now_ms, b"", "", False)
    rhythm, totals = customer.rhythm, customer.totals
    return Profile(
        customer=customer.id,
        rev=customer.rev,
        computed_ms=now_ms,
        ruleversion=rulebook.ruleversion,
        currency=rulebook.currency,
        enrolled_ms=customer.enrolled_ms,
        tiers=_tiers(turn),
        wallets={name: _wallet(wallet) for name, wallet in wallets(customer)},
        lifetime=Lifetime(
            totals.spend_minor,
            totals.orders,
            totals.purchase_days,
            totals.qualifying,
            totals.engagement_points,
            totals.referrals,
        ),
        last_purchase_ms=0 if rhythm is None else rhythm.last_ms,
        rhythm=_rhythm(turn),
        facts=_facts(turn),
        tags=_tags(customer),
        person=_person(customer),
        consents=_consents(customer),
        orders=_orders(customer),
        tickets=_tickets(customer),
    )


def _tiers(turn: Turn) -> dict[str, TierShown]:
    """The customer's level in each set of the rulebook, joined or not yet met included."""
    found: dict[str, TierShown] = {}
    for one in turn.plan.sets:
        standing = turn.customer.standings.get(one.id)
        if standing is not None:
            found[one.id] = _tier(turn, one, standing)
    return found


def _tier(turn: Turn, one: SetPlan, standing: Standing) -> TierShown:
    tiers, term = one.set.tiers, standing.term
    rank = min(standing.rank, len(tiers) - 1)
    if term is None:
        return TierShown(
            tiers[rank].code,
            tiers[rank].name,
            rank,
            standing.since_ms,
            ahead=_ahead(turn, one, standing, rank),
        )
    waits = term.pending if one.set.upgrades_with is not None and term.pending < len(tiers) else 0
    return TierShown(
        tier=tiers[rank].code,
        name=tiers[rank].name,
        rank=rank,
        since_ms=standing.since_ms,
        valid_until_ms=ends_ms(turn, one, standing),
        grace_until_ms=term.grace_ms,
        rises_to=tiers[waits].code if waits else "",
        rises_ms=term.pending_ms if waits else 0,
        override=_override(one, standing, term),
        ahead=_ahead(turn, one, standing, rank),
    )


def _override(one: SetPlan, standing: Standing, term: Term) -> OverrideShown | None:
    by_hand = term.override
    if by_hand is None:
        return None
    return OverrideShown(
        tier=by_hand.tier,
        mode=by_hand.mode,
        own=one.set.tiers[own_rank(one, standing)].code,
        by=Actor(by_hand.actor, by_hand.role, by_hand.reason),
        until_ms=by_hand.until_ms,
    )


def _ahead(turn: Turn, one: SetPlan, standing: Standing, rank: int) -> TierAhead | None:
    """The level above a rank, None for the highest."""
    if rank + 1 >= len(one.set.tiers):
        return None
    tier = one.set.tiers[rank + 1]
    shape, leaves = tier.entry.shape, tier.entry.leaves
    values = values_on(turn, tier.entry, turn.today, began_ms(standing))
    if shape:
        low, high = 0, 101  # It holds nearly at `low` percent, and not at `high`.
        while high - low > 1:
            percent = (low + high) // 2
            if nearly(shape, leaves, values, percent):
                low = percent
            else:
                high = percent
    else:
        low = 100
        for leaf, value in zip(leaves, values, strict=True):
            low = min(low, max(value, 0) * 100 // leaf.at_least)
    return TierAhead(tier.code, tier.name, low, missing(shape, leaves, values))


def _wallet(wallet: Wallet) -> WalletShown:
    expiring, expiring_later = _parcels(wallet.shelves, activating=False)
    activating, activating_later = _parcels(wallet.waiting, activating=True)
    return WalletShown(
        wallet.active,
        wallet.pending,
        wallet.debt,
        wallet.earned,
        wallet.adjusted,
        wallet.received,
        wallet.sent,
        wallet.redeemed,
        wallet.expired,
        wallet.clawed,
        expiring,
        expiring_later,
        activating,
        activating_later,
    )


def _parcels(shelves: list[Shelf], activating: bool) -> tuple[tuple[Parcel, ...], int]:
    """Points by when they expire or become active, the next first; and how many there are beyond those."""
    if not shelves:
        return (), 0
    by_instant: dict[int, int] = {}
    for shelf in shelves:
        at_ms = shelf.activates_ms if activating else shelf.expires_ms
        by_instant[at_ms] = by_instant.get(at_ms, 0) + shelf.qty()
    instants = sorted(by_instant)
    parcels = [Parcel(by_instant[at_ms], shown(at_ms)) for at_ms in instants[:PARCELS_MAX]]
    return tuple(parcels), sum([by_instant[at_ms] for at_ms in instants[PARCELS_MAX:]])


def _rhythm(turn: Turn) -> RhythmShown | None:
    rhythm, churn, fitted = turn.customer.rhythm, turn.rulebook.churn, turn.plan.fitted
    if rhythm is None or churn is None:
        return None
    level, expected = risk_level(turn) or "", expected_days(rhythm, churn)
    action = suggested(turn, level)
    id = "" if action is None else action.id
    if fitted is None or not turn.agrees():
        return RhythmShown(expected, level, id)
    gap_ms = max(turn.now_ms - rhythm.last_ms, 0)
    return RhythmShown(expected, level, id, *judged(turn.account, fitted, rhythm, churn, gap_ms))


def _facts(turn: Turn) -> dict[str, int | str]:
    """What is known beyond sums, by the names of the facts; none in a rulebook that looks at none."""
    found: dict[str, int | str] = {}
    if turn.plan.foresight:
        for name, read in FACTS.items():
            if not name.startswith("days_") and name not in ELSEWHERE:
                value = read(turn)
                if value is not None:
                    found[name] = value
    return found


def _tags(customer: Customer) -> tuple[TagShown, ...]:
    """The tags the customer has, by name; one that was taken away by hand is none."""
    return tuple(
        [
            TagShown(tag, held.dimension, held.since_ms, held.until_ms, held.group, held.actor)
            for tag, held in sorted(customer.tags.items())
            if held.by != BARRED
        ]
    )


def _person(customer: Customer) -> dict[str, str | int | tuple[str, ...]]:
    """What was told of the customer and holds."""
    if customer.member is None:
        return {}
    told = customer.member.fields
    return {name: kept.value for name, kept in sorted(told.items()) if kept.value is not None}


def _consents(customer: Customer) -> dict[str, bool]:
    """What the customer said about each scope."""
    if customer.member is None:
        return {}
    return {scope: choice.granted for scope, choice in sorted(customer.member.consents.items())}


def _orders(customer: Customer) -> tuple[OrderShown, ...]:
    """The newest orders kept, the newest first."""
    if customer.latest is None:
        return ()
    return tuple(
        [
            OrderShown(each.order_id, each.minor, each.second * 1000, each.returned_minor)
            for each in reversed(customer.latest.orders)
        ]
    )


def _tickets(customer: Customer) -> tuple[TicketShown, ...]:
    """The newest tickets kept, the newest first."""
    if customer.latest is None:
        return ()
    return tuple(
        [
            TicketShown(each.ref_id, each.kind, each.opened_second * 1000, each.closed_second * 1000)
            for each in reversed(customer.latest.tickets)
        ]
    )
