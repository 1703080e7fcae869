"""Points are given, wait, lapse, are spent and come back: the ledger's rules, one sentence each."""

import pytest

from engine.events import Cancel, Delivered, Lot, Transfer, TransferBack, TransferIn
from engine.ledger_effects import Batch
from tests.engine.holding import MONTHLY, YEARLY, given, shop, wallet
from tests.engine.shop import BY, only, types


def test_points_are_spent_the_first_to_lapse_first_and_those_that_never_do_last():
    of = shop()
    given(of, 100, "2026-04-01")
    given(of, 50)
    given(of, 80, "2026-02-01")
    spent = only(of.redeem(150), "points.redeemed")
    assert [(batch.qty, batch.expires_ms) for batch in spent.data.batches] == [
        (80, of.at("2026-02-01 00:00")),
        (70, of.at("2026-04-01 00:00")),
    ]
    back = of.reverse(at="2026-02-10 10:00")
    assert types(back) == ["points.redeem_reversed", "points.expired"]
    assert only(back, "points.expired").data.qty == 80
    assert wallet(of) == (150, 0, 0)


def test_more_than_there_is_is_not_spent_at_all():
    of = shop()
    of.buy(100_00)
    refused = only(of.redeem(101), "points.redeem_rejected")
    assert (refused.data.why, refused.data.balance.active) == ("insufficient", 100)
    assert wallet(of) == (100, 0, 0)
    assert types(of.redeem(100)) == ["points.redeemed"]


def test_a_redemption_counts_once_also_under_another_event_id():
    of = shop()
    of.buy(100_00)
    of.redeem(40)
    assert only(of.redeem(40), "points.redeem_rejected").data.why == "redemption_known"
    assert wallet(of) == (60, 0, 0)


def test_a_refund_after_the_points_were_spent_is_owed_and_the_next_points_repay_it():
    of = shop()
    of.buy(100_00, order="o")
    of.redeem(100)
    back = only(of.send(Cancel("o")), "points.clawed_back").data
    assert (back.qty, back.to_debt, back.balance.debt) == (100, 100, 100)
    earned, repaid = of.buy(150_00)[:2]
    assert (earned.data.qty, earned.data.balance.active, earned.data.balance.debt) == (150, 150, 100)
    assert (repaid.type, repaid.data.qty, repaid.data.balance.active) == ("points.debt_repaid", 100, 50)
    assert wallet(of) == (50, 0, 0)


def test_a_refund_of_points_spent_and_lapsed_asks_for_the_spent_ones_only():
    of = shop(MONTHLY)
    of.buy(100_00, order="o")
    of.redeem(60)
    of.tick("2026-02-11 00:00")
    assert only(of.effects, "points.expired").data.qty == 40
    back = only(of.send(Cancel("o")), "points.clawed_back").data
    assert (back.qty, back.from_expired, back.to_debt) == (100, 40, 60)
    assert wallet(of) == (0, 0, 60)


def test_a_refund_after_all_points_lapsed_takes_nothing_twice():
    of = shop(MONTHLY)
    of.buy(100_00, order="o")
    of.buy(30_00, "2026-02-10 10:00")
    of.tick("2026-02-12 00:00")
    assert only(of.send(Cancel("o")), "points.clawed_back").data.from_expired == 100
    assert wallet(of) == (30, 0, 0)


def test_a_refund_takes_the_orders_own_points_before_any_other():
    of = shop({"expiry": {"after": "1 month"}})
    of.buy(10_00, order="first")
    of.buy(20_00, "2026-01-11 10:00", order="second")
    of.send(Cancel("second"))
    of.tick("2026-02-12 00:00")
    assert [effect.data.qty for effect in of.said("points.expired")] == [10]


@pytest.mark.parametrize(
    ("policy", "debt", "let_go"), [("debt", 100, 0), ("write_off", 0, 100), ({"limit": 30}, 30, 70)]
)
def test_what_was_spent_before_its_refund_is_owed_let_go_or_owed_up_to_a_limit(policy, debt, let_go):
    of = shop({"shortfall": policy})
    of.buy(100_00, order="o")
    of.redeem(100)
    of.send(Cancel("o"))
    assert wallet(of) == (0, 0, debt)
    assert sum(effect.data.qty for effect in of.said("points.written_off")) == let_go


def test_buying_earning_spending_returning_and_taking_the_spending_back_leaves_nothing():
    of = shop(YEARLY)
    of.buy(100_00, order="o")
    of.redeem(100)
    of.send(Cancel("o"))
    assert types(of.reverse()) == ["points.redeem_reversed", "points.debt_repaid"]
    assert wallet(of) == (0, 0, 0)


def test_a_refund_while_points_wait_takes_the_waiting_ones():
    of = shop({"pending": {"days": 14}})
    of.adjust(500)
    of.buy(100_00, order="o")
    back = only(of.refund("o", 40_00), "points.clawed_back").data
    assert (back.qty, back.from_pending) == (40, 40)
    assert wallet(of) == (500, 60, 0)
    of.tick("2026-02-01 00:00")
    assert wallet(of) == (560, 0, 0)


def test_points_that_wait_for_the_delivery_are_active_with_it_and_live_from_then_on():
    of = shop({"pending": {"on": "delivered"}, **MONTHLY})
    pending = only(of.buy(100_00, order="o"), "points.pending").data
    assert (pending.awaits, pending.activates_ms, pending.expires_ms) == ("delivered", 0, 0)
    of.buy(50_00, order="other")
    of.refund("o", 30_00)
    active = only(of.send(Delivered("o"), "2026-03-01 09:00"), "points.activated").data
    assert (active.qty, active.order_id) == (70, "o")
    assert [batch.expires_ms for batch in active.batches] == [of.at("2026-04-02 00:00")]
    assert wallet(of) == (70, 50, 0)
    assert types(of.send(Delivered("o"), "2026-03-02 09:00")) == []


def test_points_of_one_expiry_are_spent_in_the_order_they_were_given():
    of = shop(YEARLY)
    first = only(of.buy(30_00), "points.earned").data
    second = only(of.buy(30_00), "points.earned").data
    spent = only(of.redeem(40), "points.redeemed").data
    assert spent.batches == (Batch(40, first.expires_ms, first.first),)
    assert second.first == first.first + 30


def test_points_come_back_from_a_lapsed_redemption_for_the_days_of_grace():
    of = shop({**MONTHLY, "reinstate_grace_days": 10})
    of.buy(100_00)
    of.redeem(100)
    back = only(of.reverse(at="2026-03-01 10:00"), "points.redeem_reversed").data
    assert [batch.expires_ms for batch in back.batches] == [of.at("2026-03-12 00:00")]
    assert wallet(of) == (100, 0, 0)


def test_parts_of_a_redemption_come_back_the_last_taken_first_and_never_more_than_it_had():
    of = shop()
    given(of, 30, "2026-02-01")
    given(of, 30, "2026-03-01")
    of.redeem(50)
    first = only(of.reverse(qty=25), "points.redeem_reversed").data
    assert first.left == 25
    assert [(batch.qty, batch.expires_ms) for batch in first.batches] == [
        (5, of.at("2026-02-01 00:00")),
        (20, of.at("2026-03-01 00:00")),
    ]
    assert only(of.reverse(qty=26), "command.rejected").data.why == "too_much"
    assert only(of.reverse(), "points.redeem_reversed").data.left == 0
    assert only(of.reverse(), "command.rejected").data.why == "too_much"
    assert only(of.reverse("nope"), "command.rejected").data.why == "unknown_redemption"
    assert wallet(of) == (60, 0, 0)


def test_points_by_hand_say_who_and_why_and_need_a_second_actor_above_the_limit():
    of = shop({"second_actor_above": 100})
    told = only(of.adjust(100), "points.adjusted").data
    assert (told.qty, told.reason_code, told.by) == (100, "goodwill", BY)
    assert only(of.adjust(101), "command.rejected").data.why == "second_actor"
    assert only(of.adjust(-101, second_actor="anna"), "command.rejected").data.why == "second_actor"
    assert only(of.adjust(101, second_actor="bo"), "points.adjusted").data.second_actor == "bo"
    assert only(of.adjust(-20), "points.adjusted").data.balance.active == 181
    assert only(of.adjust(-300, second_actor="bo"), "command.rejected").data.why == "insufficient"
    assert wallet(of) == (181, 0, 0)


def test_points_by_hand_do_not_count_for_levels():
    of = shop()
    of.buy(10_00)
    before = of.customer.totals.qualifying
    of.adjust(500)
    assert of.customer.totals.qualifying == before


def test_wallets_are_apart_each_with_its_own_rules():
    of = shop(wallets=[{"id": "stars", "expiry": {"after": "1 month"}}])
    of.buy(100_00)
    of.adjust(7, wallet="stars")
    assert only(of.redeem(8, wallet="stars"), "points.redeem_rejected").data.why == "insufficient"
    assert only(of.redeem(5, wallet="stars"), "points.redeemed").data.balance.active == 2
    assert only(of.redeem(5, "x", wallet="moons"), "points.redeem_rejected").data.why == "unknown_wallet"
    assert only(of.adjust(5, wallet="moons"), "command.rejected").data.why == "unknown_wallet"
    lapsed = only(of.tick("2026-02-11 00:00"), "points.expired").data
    assert (lapsed.wallet, lapsed.qty) == ("stars", 2)
    assert wallet(of) == (100, 0, 0)


def test_points_handed_on_keep_their_expiry_and_arrive_with_the_same_transfer_id():
    giver, getter = shop(), shop()
    given(giver, 30, "2026-02-01")
    given(giver, 30, "2026-03-01")
    out, sent = giver.send(Transfer(BY, "t-1", "c77", 40))
    assert (out.type, out.data.balance.active) == ("points.transferred_out", 20)
    assert (sent.type, sent.customer) == ("transfer.received", "c77")
    assert sent.data.lots == (Lot(30, giver.at("2026-02-01 00:00")), Lot(10, giver.at("2026-03-01 00:00")))
    getter.buy(1_00)
    told = only(getter.send(sent.data), "points.transferred_in").data
    assert (told.transfer_id, told.sender, told.qty) == ("t-1", "c42", 40)
    assert [effect.data.qty for effect in getter.tick("2026-03-01 00:00")] == [30, 10]


def test_points_handed_to_somebody_unknown_come_back():
    giver, stranger = shop(), shop()
    given(giver, 30, "2026-02-01")
    _, sent = giver.send(Transfer(BY, "t-1", "c77", 30))
    (back,) = stranger.send(sent.data)
    assert (back.type, back.customer, back.data.why) == ("transfer.returned", "c42", "not_enrolled")
    assert isinstance(sent.data, TransferIn)
    assert isinstance(back.data, TransferBack)
    told = only(giver.send(back.data), "points.transferred_in").data
    assert (told.qty, told.returned) == (30, "not_enrolled")
    assert giver.customer.wallet.sent == 0
    assert wallet(giver) == (30, 0, 0)


def test_more_than_there_is_is_not_handed_on():
    of = shop()
    assert only(of.send(Transfer(BY, "t-1", "c77", 1)), "command.rejected").data.why == "insufficient"


def test_an_order_whose_points_never_lapse_gives_back_its_own_before_those_of_others_that_do():
    of = shop()
    of.buy(100_00, order="o")
    given(of, 40, "2026-03-01")
    of.refund("o", 60_00)
    assert only(of.tick("2026-03-01 00:00"), "points.expired").data.qty == 40
    assert wallet(of) == (40, 0, 0)


def test_a_refund_takes_an_orders_own_points_the_first_to_lapse_first_whatever_was_given_between():
    for between in (0, 5_00):
        of = shop(MONTHLY)
        of.buy(30_00, order="o")
        of.buy(between, "2026-01-11 10:00", order="p")
        of.buy(50_00, "2026-01-20 10:00", order="o", order_version=2)
        of.refund("o", 25_00, "2026-01-21 10:00")
        expired = of.tick("2026-02-11 00:00")
        assert [effect.data.qty for effect in expired] == [5]


def test_a_delivered_order_s_points_that_never_lapse_go_before_others_that_would():
    of = shop({"pending": {"on": "delivered"}})
    given(of, 10, "2026-02-01")
    of.buy(30_00, order="o-1")
    of.send(Delivered("o-1"))
    of.send(Cancel("o-1"))
    assert only(of.tick("2026-02-01 00:00"), "points.expired").data.qty == 10
    assert wallet(of) == (0, 0, 0)


def test_an_orders_own_points_that_waited_and_never_lapse_are_taken_back_before_others_that_do():
    of = shop({"pending": {"days": 2}})
    of.buy(100_00, order="o")
    given(of, 40, "2026-03-01", at="2026-01-20 10:00")
    assert wallet(of) == (140, 0, 0)
    of.send(Cancel("o"))
    assert wallet(of) == (40, 0, 0)
    assert only(of.tick("2026-03-01 00:00"), "points.expired").data.qty == 40
