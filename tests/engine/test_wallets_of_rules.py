"""Rules may fill another wallet than the points: each is earned, rounded, taken back and waits by itself."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as some

from engine.events import Cancel, Delivered, PaidWith, RedeemReverse, RefundLine
from tests.engine.programmes import BASE, asks, level, programme
from tests.engine.shop import Shop, line, only, types

STARS = {"id": "stars", "points": 1, "per": 4, "wallet": "stars"}
VINYL = {"category": ["vinyl"]}


def shop(rules=(BASE, STARS), start="2026-01-10 10:00", *, stars=None, levels=(), **other):
    wallets = [{"id": "stars"} | (stars or {})]
    return Shop(programme(*levels, rules=list(rules), wallets=wallets, **other), start, forgetful=True)


def stars(of):
    held = of.customer.wallets.get("stars")
    return (held.active, held.pending, held.debt) if held else (0, 0, 0)


def entries(outcome, kind, wallet="stars"):
    return [effect.data for effect in outcome if effect.type == kind and effect.data.wallet == wallet]


def test_an_order_fills_both_wallets_with_one_entry_and_one_rounding_each():
    of = shop()
    done = of.buy([line("A", 9_99), line("B", 5_01)], order="o")
    assert types(done)[:2] == ["points.earned", "points.earned"]
    (points,), (given,) = entries(done, "points.earned", "points"), entries(done, "points.earned")
    assert (points.qty, points.qualifying, [share.rule for share in points.rules]) == (15, 15, ["base"])
    assert (given.qty, given.qualifying, given.exact) == (3, 0, (1500, 400))
    assert [(share.line_id, share.qty) for share in given.lines] == [("A", 2), ("B", 1)]
    assert (of.points, stars(of), of.customer.totals.qualifying) == (15, (3, 0, 0), 15)


def test_refunds_that_sum_to_the_order_take_back_all_of_both():
    of = shop()
    of.buy([line("A", 9_99), line("B", 5_01)], order="o")
    first = of.refund("o", lines=(RefundLine("B"),))
    assert [claw.qty for claw in entries(first, "points.clawed_back")] == [1]
    of.send(Cancel("o"))
    assert (of.points, stars(of)) == (0, (0, 0, 0))


def test_a_multiplier_multiplies_what_rules_give_to_its_own_wallet_and_the_level_multiplies_all():
    times = [{"id": "vinyl", "times": 3, "when": VINYL, "wallet": "stars"}]
    of = shop(levels=[level("member", times=2)], multipliers=times)
    done = of.buy([line("A", 10_00, category=("vinyl",)), line("B", 10_00)])
    assert only(done[:1], "points.earned").data.qty == 40
    (given,) = entries(done, "points.earned")
    assert given.qty == 20  # (10 x 3 + 10) / 4 x 2
    assert [(share.rule, share.qty) for share in given.rules] == [("stars", 10), ("vinyl", 10)]


def test_a_bonus_of_another_wallet_goes_when_a_refund_falls_below_it():
    bonuses = [{"id": "basket", "points": 50, "min_spend": 100, "wallet": "stars"}]
    of = shop(rules=[BASE], bonuses=bonuses)
    of.buy(120_00, order="o")
    assert (of.points, stars(of)) == (120, (50, 0, 0))
    (claw,) = entries(of.refund("o", 30_00), "points.clawed_back")
    assert (claw.qty, claw.granted, claw.kept, stars(of)) == (50, 50, 0, (0, 0, 0))


def test_stars_already_spent_are_owed_in_their_own_wallet():
    of = shop()
    of.buy(100_00, order="o")
    of.redeem(25, wallet="stars")
    of.send(Cancel("o"))
    assert (of.points, of.customer.wallet.debt, stars(of)) == (0, 0, (0, 0, 25))
    repaid = entries(of.buy(200_00), "points.debt_repaid")
    assert ([entry.qty for entry in repaid], stars(of)) == ([25], (25, 0, 0))


def test_what_is_owed_follows_the_wallets_own_policy():
    of = shop(stars={"shortfall": "write_off"})
    of.buy(100_00, order="o")
    of.redeem(25, wallet="stars")
    done = of.send(Cancel("o"))
    assert [entry.qty for entry in entries(done, "points.written_off")] == [25]
    assert stars(of) == (0, 0, 0)


def test_pending_and_expiry_are_those_of_the_wallet():
    of = shop(stars={"pending": {"days": 3}, "expiry": {"after": "10 days"}})
    done = of.buy(100_00, order="o")
    (pending,) = entries(done, "points.pending")
    assert (pending.qty, pending.activates_ms) == (25, of.at("2026-01-13 00:00"))
    assert (of.points, stars(of)) == (100, (0, 25, 0))
    (claw,) = entries(of.refund("o", 20_00), "points.clawed_back")
    assert (claw.qty, claw.from_pending) == (5, 5)
    of.tick("2026-01-13 00:00")
    assert stars(of) == (20, 0, 0)
    of.tick("2026-01-24 00:00")
    (claw,) = entries(of.send(Cancel("o")), "points.clawed_back")
    assert (claw.from_expired, stars(of), of.points) == (20, (0, 0, 0), 0)


def test_each_wallet_may_wait_for_the_delivery():
    of = shop(stars={"pending": {"on": "delivered"}})
    of.buy(100_00, order="o")
    assert (of.points, stars(of)) == (100, (0, 25, 0))
    assert [entry.qty for entry in entries(of.send(Delivered("o")), "points.activated")] == [25]
    assert stars(of) == (25, 0, 0)


def test_a_newer_version_changes_each_wallet_by_its_own_difference():
    of = shop()
    of.buy(100_00, order="o")
    more = of.buy(160_00, order="o", order_version=2)
    (entry,) = entries(more, "points.earned")
    assert (entry.qty, entry.order_points, entry.ref.order_version) == (15, 40, 2)
    (entry,) = entries(of.buy(80_00, order="o", order_version=3), "points.clawed_back")
    assert (entry.qty, entry.kept) == (20, 20)
    of.send(Cancel("o"))
    assert (of.points, stars(of)) == (0, (0, 0, 0))


def test_a_newer_version_under_a_rulebook_without_the_rule_takes_all_of_its_wallet_back():
    of = shop()
    of.buy(100_00, order="o")
    of.book = programme()
    of.buy(100_00, order="o", order_version=2)
    assert (of.points, stars(of)) == (100, (0, 0, 0))


def test_caps_bound_their_own_rule_and_the_programmes_cap_the_points_alone():
    capped = STARS | {"cap": {"points": 30, "per": "month"}}
    of = shop(rules=[BASE, capped], cap={"points": 150, "per": "month"})
    of.buy(100_00)
    done = of.buy(100_00)
    (points,), (given,) = entries(done, "points.earned", "points"), entries(done, "points.earned")
    assert (points.qty, points.capped_from) == (50, 100)
    assert (given.qty, given.capped_from, given.why) == (5, 25, "capped")
    assert (of.points, stars(of)) == (150, (30, 0, 0))


def test_in_proportion_each_wallet_loses_its_part():
    of = shop(refund="proportional")
    of.buy(99_00, order="o")
    assert stars(of) == (24, 0, 0)
    (claw,) = entries(of.refund("o", 33_00), "points.clawed_back")
    assert (claw.qty, of.points) == (8, 66)


def test_engagement_may_fill_another_wallet_and_then_is_no_engagement_point():
    rule = {"kind": "checkin", "points": 5, "wallet": "stars", "streak": {"days": 2, "points": 7}}
    levels = [level("member"), level("silver", asks("engagement_points", 5, "lifetime"))]
    of = shop(levels=levels, engagement=[rule], cap={"points": 3, "per": "day"})
    done = of.engage("checkin")
    assert [entry.qty for entry in entries(done, "points.earned")] == [5]
    of.engage("checkin", "2026-01-11 10:00")
    assert (of.points, stars(of), of.tier) == (0, (17, 0, 0), "member")


def test_the_lifting_orders_new_level_counts_in_every_wallet():
    levels = [level("member"), level("silver", asks("spend_net", 100), times=2)]
    of = shop(levels=levels, multiplier_tier="after")
    of.buy(100_00)
    assert (of.points, stars(of)) == (200, (50, 0, 0))


@drawn(
    some.lists(some.integers(1, 9000), min_size=1, max_size=4),
    some.lists(some.integers(1, 9000), max_size=5),
    some.sampled_from(["floor", "half_up", "half_even", "ceil"]),
)
def test_parts_of_a_refund_take_back_exactly_what_each_wallet_was_given(prices, amounts, rounding):
    of = shop(rules=[BASE, STARS, STARS | {"id": "more", "per": 7}], rounding=rounding)
    of.buy([line(str(at), price) for at, price in enumerate(prices)], order="o")
    for amount in amounts:
        of.refund("o", amount)
    of.send(Cancel("o"))
    assert (of.points, stars(of)) == (0, (0, 0, 0))


@pytest.mark.parametrize("way", ["back", "kept"])
def test_points_of_another_wallet_pay_for_an_order_and_come_back_to_it(way):
    of = shop(rules=[BASE])
    of.adjust(40, wallet="stars")
    of.redeem(40, wallet="stars")
    of.buy(100_00, order="o", points_value=40_00, paid_with=PaidWith("stars", 40, "rd-1"))
    if way == "kept":
        of.send(RedeemReverse(of.said("points.redeemed")[0].data.by, "rd-1", 40))
    of.send(Cancel("o"))
    assert (of.points, stars(of)) == (0, (40, 0, 0))
