"""The profile of a customer: everything kept of them, as of an instant."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

import rules
from engine.events import Actor, SetConsent, TierOverride
from engine.history import Choice, Kept
from engine.life import BARRED, GIVEN, RULE, Held
from engine.member import Member
from engine.plan import plan_of
from engine.profile import PARCELS_MAX, profile_of
from engine.profile_parts import OrderShown, Parcel, Profile, TagShown, TierAhead
from rules.load import parse_rulebook
from tests.engine.programmes import programme
from tests.engine.shop import BY, Shop
from tests.engine.test_churn_model import MODEL, SPEND, WEEKS

DEFAULT = (Path(rules.__file__).parent / "programs/default.yaml").read_text()
BOOK = parse_rulebook(
    DEFAULT if "\nprofiles: on" in DEFAULT else DEFAULT + "\nprofiles: on\n", "default.yaml"
)
WITHOUT = parse_rulebook(DEFAULT.replace("\nprofiles: on", ""), "default.yaml")
SILVER = "spend_net over rolling 365 days >= 1000.00 CNY"
GOLD = "spend_net over rolling 365 days >= 5000.00 CNY"


def profile(shop: Shop, at: str = "") -> Profile:
    return profile_of(shop.account, shop.book, plan_of(shop.book), shop.at(at) if at else shop.now_ms)


def regular(book=BOOK, forgetful: bool = False) -> Shop:
    """Silver since 20 January with 1,200.00, of which 100.00 came back."""
    shop = Shop(book, forgetful=forgetful)
    shop.engage("signup")
    shop.buy(50000, "2026-01-10 12:00", "a")
    shop.buy(70000, "2026-01-20 12:00", "b")
    shop.refund("b", 10000, "2026-01-22 12:00")
    return shop


def test_it_tells_the_level_its_end_and_what_is_missing_for_the_next() -> None:
    shop = regular()
    main = profile(shop).tiers["main"]
    assert (main.tier, main.name, main.rank, main.since_ms) == (
        "silver",
        "银",
        1,
        shop.at("2026-01-20 12:00"),
    )
    assert main.valid_until_ms == shop.at("2027-02-01 00:00")
    assert main.ahead == TierAhead("gold", "金", 22, {GOLD: 390000})


def test_windows_are_read_as_of_the_instant_asked_for() -> None:
    shop = regular()
    shop.tick("2027-01-15 12:00")
    ahead = profile(shop, "2027-01-15 12:00").tiers["main"].ahead
    assert ahead is not None
    assert (ahead.percent, ahead.missing) == (12, {GOLD: 440000})


def test_the_highest_level_has_none_ahead_and_a_new_customer_has_no_level() -> None:
    shop = Shop(BOOK)
    assert profile(shop).tiers == {}
    shop.buy(3000000)
    assert profile(shop).tiers["main"].ahead is None


def test_it_tells_the_balance_and_which_points_expire_when() -> None:
    shop = regular()
    wallet = profile(shop).wallets["points"]
    assert (wallet.active, wallet.earned, wallet.clawed_back) == (100 + 500 + 600, 1300, 100)
    assert wallet.expiring == (Parcel(1200, shop.at("2028-01-01 00:00")),)
    assert (wallet.activating, wallet.pending, wallet.expiring_later) == ((), 0, 0)


def test_many_instants_of_expiry_are_a_few_parcels_and_a_sum() -> None:
    text = DEFAULT.replace("expiry: {after: 12 months, round: year}", "expiry: {after: 10 days}")
    shop = Shop(parse_rulebook(text.replace("reminders: [30, 7, 1]", ""), "daily"))
    for day in range(10, 19):
        shop.buy(1000, f"2026-01-{day} 11:00")
    wallet = profile(shop).wallets["points"]
    assert wallet.expiring[0] == Parcel(10, shop.at("2026-01-21 00:00"))
    assert len(wallet.expiring) == PARCELS_MAX
    assert wallet.expiring_later == wallet.active - 10 * PARCELS_MAX == 30


def test_it_tells_pending_points_and_when_they_become_active() -> None:
    text = DEFAULT.replace("points:\n", "points:\n  pending: {days: 7}\n", 1)
    shop = Shop(parse_rulebook(text, "pending"))
    shop.buy(1000, "2026-01-10 11:00")
    wallet = profile(shop).wallets["points"]
    assert (wallet.active, wallet.pending) == (0, 10)
    assert wallet.activating == (Parcel(10, shop.at("2026-01-17 00:00")),)


def test_it_tells_a_level_by_hand_and_who_set_it() -> None:
    shop = regular()
    shop.send(TierOverride(Actor("li.na", "service", "complaint 771"), "main", "diamond", "floor"))
    main = profile(shop).tiers["main"]
    assert (main.tier, main.ahead) == ("diamond", None)
    assert main.override is not None
    assert (main.override.own, main.override.by.actor) == ("silver", "li.na")


def test_it_tells_sums_over_the_life_the_last_purchase_and_the_rhythm() -> None:
    shop = regular()
    told = profile(shop)
    assert (told.lifetime.spend_minor, told.lifetime.orders, told.lifetime.purchase_days) == (110000, 2, 2)
    assert told.last_purchase_ms == shop.at("2026-01-20 12:00")
    assert told.rhythm is not None
    assert (told.rhythm.expected_gap_days, told.rhythm.level) == ((10 + 2 * 30, 3), "")
    shop.tick("2026-03-20 12:00")
    later = profile(shop).rhythm
    assert later is not None
    assert later.level == "at_risk"


def test_the_newest_three_orders_are_kept_with_what_came_back() -> None:
    shop = regular()
    assert profile(shop).orders == (
        OrderShown("b", 70000, shop.at("2026-01-20 12:00"), 10000),
        OrderShown("a", 50000, shop.at("2026-01-10 12:00")),
    )
    for day in range(1, 3):
        shop.buy(1000, f"2026-02-0{day} 12:00", f"c{day}")
    assert [each.order_id for each in profile(shop).orders] == ["c2", "c1", "b"]
    shop.buy(1000, "2026-01-11 12:00", "late", recorded="2026-02-05 12:00")
    assert [each.order_id for each in profile(shop).orders] == ["c2", "c1", "b"]
    shop.buy(1000, "2026-01-30 12:00", "between", recorded="2026-02-05 12:00")
    assert [each.order_id for each in profile(shop).orders] == ["c2", "c1", "between"]


def test_tickets_are_open_until_they_are_resolved_and_the_newest_three_are_kept() -> None:
    shop = Shop(BOOK)
    for day in range(1, 7):
        shop.engage("complaint" if day == 6 else "ticket_opened", f"2026-02-0{day} 12:00", ref_id=f"t{day}")
    shop.engage("ticket_resolved", "2026-02-08 12:00", ref_id="t6")
    tickets = profile(shop).tickets
    assert [(each.ref_id, each.kind) for each in tickets[:2]] == [
        ("t6", "complaint"),
        ("t5", "ticket_opened"),
    ]
    assert [each.closed_ms for each in tickets] == [shop.at("2026-02-08 12:00"), 0, 0]


def test_a_rulebook_without_profiles_keeps_no_orders_and_one_with_them_keeps_a_few_bytes_each() -> None:
    without, with_them = regular(WITHOUT), regular(BOOK)
    assert without.customer.latest is None
    rows = [
        max(map(len, (shop.stored()[key] for key in shop.stored() if key[:1] == b"s")))
        for shop in (without, with_them)
    ]
    assert rows[1] - rows[0] <= 2 * (len("a") + 13) + 4


@pytest.mark.parametrize("forgetful", [False, True])
def test_it_is_the_same_from_the_stored_row(forgetful: bool) -> None:
    told = profile(regular(forgetful=forgetful))
    assert told == profile(regular())
    assert msgspec.json.decode(msgspec.json.encode(told), type=Profile) == told


def test_a_rulebook_with_fewer_levels_than_the_customer_has_shows_the_highest() -> None:
    shop = Shop(BOOK)
    shop.buy(3000000)
    cut = DEFAULT.partition("    - code: gold")[0] + "churn:" + DEFAULT.partition("\nchurn:")[2]
    shop.book = parse_rulebook(cut, "fewer")
    assert profile(shop).tiers["main"].tier == "silver"


def test_what_nobody_knows_of_yet_is_left_out_of_the_json() -> None:
    shop = Shop(BOOK)
    shop.adjust(5)
    told = msgspec.json.decode(msgspec.json.encode(profile(shop)))
    assert not {"orders", "tickets", "rhythm", "last_purchase_ms"} & set(told)


def test_it_tells_what_was_told_of_the_customer_and_what_they_agreed_to() -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    member = shop.customer.member = Member()
    member.fields = {"language": Kept("zh", 1), "attribute.size": Kept(None, 1), "birthday": Kept("02-29", 1)}
    member.consents = {"marketing.sms": Choice(True, 1), "marketing.email": Choice(False, 1)}
    told = profile(shop)
    assert told.person == {"birthday": "02-29", "language": "zh"}
    assert told.consents == {"marketing.email": False, "marketing.sms": True}


def test_facts_are_told_where_the_rulebook_looks_ahead_and_time_alone_does_not_count_them_up() -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    shop.engage("complaint", ref_id="t1")
    ahead = Shop(replace(BOOK, foresight=True, digest="ahead"))
    ahead.buy(1000)
    ahead.engage("complaint", ref_id="t1")
    assert profile(ahead).facts["open_complaints"] == 1
    assert not [name for name in profile(ahead).facts if name.startswith("days_")]
    assert profile(shop).facts == ({} if not BOOK.foresight else profile(ahead).facts)


def test_who_refuses_profiling_has_no_risk_and_no_worth_in_the_profile() -> None:
    shop = Shop(programme(churn=WEEKS | {"model": MODEL | {"spend": SPEND}}, sections={"lifecycle": {}}))
    shop.buy(1000)
    model = ("risk_ppm", "p_alive_ppm", "clv_minor")
    rhythm = profile(shop).rhythm
    assert None not in [getattr(rhythm, name) for name in model]
    assert not set(model) & set(profile(shop).facts), "each is told once"
    shop.send(SetConsent(BY, "profiling", False))
    rhythm = profile(shop).rhythm
    assert [getattr(rhythm, name) for name in model] == [None] * 3


def test_it_tells_the_tags_a_customer_has_and_not_those_taken_away_by_hand() -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    shop.customer.tags = {
        "vinyl": Held(RULE, 5, 0, "behaviour"),
        "vip": Held(GIVEN, 6, 9, "value", "class", "li.na"),
        "sleepy": Held(BARRED, 7, 0, "activity"),
    }
    assert profile(shop).tags == (
        TagShown("vinyl", "behaviour", 5),
        TagShown("vip", "value", 6, 9, "class", "li.na"),
    )
