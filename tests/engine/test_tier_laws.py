"""Laws of levels that are reviewed, set by hand and taken by refunds, whatever a customer does."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Actor, TierOverride, TierRelease
from tests.engine.programmes import DIAMOND, GOLD, MEMBER, SILVER, Keys, programme
from tests.engine.shop import DAY_MS, HOUR_MS, Shop

BY = Actor("li.na", "service", "complaint 771")
LADDER = (MEMBER, SILVER, GOLD, DIAMOND)


def override(shop: Shop, tier: str, mode: str = "floor", until: str = "", tier_set: str = "main") -> Any:
    """A level by hand."""
    return shop.send(TierOverride(BY, tier_set, tier, mode, shop.at(until) if until else 0))


Action = tuple[str, int, int]
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "late", "refund", "refund", "wait", "floor", "pin", "release"]),
        st.integers(0, 50 * 24),
        st.integers(0, 300000),
    ),
    min_size=8,
    max_size=25,
)
BOOKS: list[Keys] = [
    {"validity": {"for": "2 months", "round": "month"}, "grace": "10 days", "warnings": [30, 7]},
    {"validity": "end_of_period", "period": "quarter", "downgrade": {"to": "one_down"}},
    {"upgrade": "next_period", "period": "month", "progress": {"at": "90 %"}},
    {"validity": "anniversary", "refund_tier": "at_review", "min_hold": "2 months"},
    {"real_time_downgrade": True, "progress": {"at": "90 %"}},
    {"real_time_downgrade": True, "min_hold": "40 days"},
]


def play(tiers: Keys, actions: list[Action], forgetful: bool = False) -> Shop:
    """A customer after some actions, each some hours after the one before."""
    shop, orders = Shop(programme(*[kept(tier) for tier in LADDER], **tiers), forgetful=forgetful), 0
    for kind, hours, money in actions:
        at = shop.now_ms + hours * HOUR_MS
        if kind in ("buy", "late"):
            shop.buy(money, at - 20 * DAY_MS * (kind == "late"), recorded=at, order=f"o{orders}")
            orders += 1
        elif kind == "refund" and orders:
            shop.refund(f"o{money % orders}", money, at)
        elif kind == "wait":
            shop.tick(at)
        elif kind in ("floor", "pin"):
            shop.tick(at)
            override(shop, ("silver", "gold", "diamond")[money % 3], kind)
        elif kind == "release":
            shop.tick(at)
            shop.send(TierRelease(BY, "main"))
    shop.tick(shop.now_ms + 900 * DAY_MS)
    return shop


def kept(tier: Keys) -> Keys:
    """The level over a rolling quarter."""
    if "entry" not in tier:
        return tier
    return tier | {"entry": [leaf | {"window": "rolling 90 days"} for leaf in tier["entry"]]}


@given(st.sampled_from(BOOKS), ACTIONS)
@settings(max_examples=400, deadline=None)
def test_a_tier_falls_only_at_a_review_by_a_refund_by_hand_or_in_real_time_and_changes_are_a_chain(
    tiers: Keys, actions: list[Action]
) -> None:
    at, until_ms = "", 0
    by_hand = any(kind in ("floor", "pin") for kind, _, _ in actions)
    allowed = {"refund", "review"} - ({"refund"} if "refund_tier" in tiers else set())
    allowed |= {"override"} if by_hand else set()
    allowed |= {"real_time"} if "real_time_downgrade" in tiers else set()
    for effect in play(tiers, actions).effects:
        if effect.type in ("tier.enrolled", "tier.upgraded", "tier.downgraded"):
            data = effect.data
            assert data.from_tier == at != data.to_tier
            if effect.type == "tier.downgraded":
                assert data.reason in allowed
                assert data.reason != "review" or by_hand or effect.time_ms >= until_ms > 0
            at, until_ms = data.to_tier, data.valid_until_ms
        elif effect.type == "tier.renewed":
            assert effect.data.tier == at
            assert by_hand or effect.data.previous_until_ms == until_ms
            until_ms = effect.data.valid_until_ms


@given(st.sampled_from(BOOKS), ACTIONS)
@settings(max_examples=60, deadline=None)
def test_the_same_events_give_the_same_effects_and_bytes_held_or_rebuilt(
    tiers: Keys, actions: list[Action]
) -> None:
    held, rebuilt = play(tiers, actions), play(tiers, actions, forgetful=True)
    assert held.effects == rebuilt.effects
    assert held.stored() == rebuilt.stored()


@given(st.sampled_from(BOOKS), ACTIONS)
@settings(max_examples=60, deadline=None)
def test_spending_money_never_lowers_a_tier(tiers: Keys, actions: list[Action]) -> None:
    shop = play(tiers, actions[:-1])
    before = shop.customer.standings["main"].rank if shop.tier else 0
    shop.buy(12345, order="last")
    assert shop.customer.standings["main"].rank >= before
