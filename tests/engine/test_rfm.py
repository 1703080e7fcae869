"""Scores of recency, frequency and money: by the cut-offs in force, at the exact midnight, with a margin."""

import pytest

from engine.cutoffs import Cutoffs, InForce
from engine.insight import fact
from engine.plan import plan_of
from engine.rfm import part_of
from engine.turn import Turn
from rules.load import parse_rulebook
from tests.engine.shop import Shop

BOOK = """\
programme: scored
version: 1
timezone: Asia/Shanghai
currency: CNY
earn: {rules: [{id: base, points: 1, per: 1.00}]}
tiers: {levels: [{code: member, name: Member}]}
rfm: {rescore_days: 31}
"""
RFM = parse_rulebook(BOOK, "the test's rulebook")
FIRST = Cutoffs(1, 20_000, 365, (10, 30, 60, 120), (1_000, 5_000, 20_000, 100_000), 50, 1)


class Scored(Shop):
    """A shop that scores by cut-offs from an instant on; what moves in the population is kept."""

    def __init__(self, start="2026-01-10 10:00", cutoffs=((0, FIRST),), book=RFM, **other):
        self.cutoffs = tuple(InForce(from_ms, each) for from_ms, each in cutoffs)
        self.moves = []
        super().__init__(book, start, **other)
        self.account.cutoffs = self.cutoffs

    def store(self):
        self.moves += self.account.moves
        super().store()
        self.cabinet.cutoffs = self.account.cutoffs = self.cutoffs

    @property
    def cell(self):
        return self.customer.rfm.cell if self.customer.rfm else None

    @property
    def wakes(self):
        return self.customer.timers["rfm"].due_ms


@pytest.fixture(params=[False, True], ids=["in-hand", "from-bytes"])
def shop(request):
    return Scored(forgetful=request.param)


@pytest.mark.parametrize(("price", "cell"), [(999, 511), (1_000, 512), (19_999, 513), (100_000, 515)])
def test_a_first_purchase_is_scored_at_once_with_no_margin(shop, price, cell):
    shop.buy(price)
    assert shop.cell == cell


def test_a_score_rises_only_two_percent_past_its_cut_off(shop):
    shop.buy(4_000)
    assert shop.cell == 512
    shop.buy(1_099)
    assert shop.cell == 512  # 5,099 is past 5,000, but not by 2 %.
    shop.buy(1)
    assert shop.cell == 513


def test_a_score_falls_only_two_percent_below_its_cut_off(shop):
    shop.buy(5_000, order="a")
    assert shop.cell == 513
    shop.refund("a", 100)
    assert shop.cell == 513  # 4,900 is not below 4,900.
    shop.refund("a", 1)
    assert shop.cell == 512


def test_frequency_goes_by_purchase_days(shop):
    scores = []
    for day in range(1, 11):
        shop.buy(100, at=f"2026-02-{day:02} 10:00")
        shop.buy(100, at=f"2026-02-{day:02} 11:00")
        scores.append(shop.cell // 10 % 10)
    assert scores == [1, 2, 3, 3, 4, 4, 4, 4, 4, 5]


def test_recency_falls_at_the_local_midnight_on_which_it_passes_the_cut_off_by_the_margin(shop):
    shop.buy(4_000, at="2026-03-01 10:00")
    falls = []
    for days, day in [(11, "2026-03-12"), (31, "2026-04-01"), (62, "2026-05-02"), (123, "2026-07-02")]:
        midnight_ms = shop.at(f"{day} 00:00")
        before = shop.cell
        shop.tick(midnight_ms - 1)
        assert shop.cell == before
        shop.tick(midnight_ms)
        falls.append((days, shop.cell))
    assert falls == [(11, 412), (31, 312), (62, 212), (123, 112)]
    shop.buy(1, at="2026-07-02 10:00")
    assert shop.cell == 522


def test_a_day_leaves_the_window_at_the_midnight_that_ends_its_365_days(shop):
    shop.buy(30_000, at="2026-03-01 10:00")
    shop.buy(4_000, at="2026-06-01 10:00")
    shop.tick("2027-02-28 23:59")
    assert (shop.customer.rfm.money, shop.customer.rfm.frequency, shop.cell % 100) == (34_000, 2, 24)
    shop.tick("2027-03-01 00:00")
    assert (shop.customer.rfm.money, shop.customer.rfm.frequency, shop.cell % 100) == (4_000, 1, 12)
    shop.tick("2027-06-01 00:00")
    assert (shop.cell, part_of(shop.customer.rfm), shop.wakes) == (111, None, 0)


def test_what_a_customer_counts_for_moves_with_every_change_and_adds_up(shop):
    shop.buy(4_000, at="2026-03-01 10:00")
    shop.buy(1_000, at="2026-03-01 11:00", order="b")
    shop.refund("b", 1_000, at="2026-03-02 10:00")
    shop.engage("login", at="2026-03-03 10:00")
    shop.tick("2028-01-01 00:00")
    befores, afters = [each[1] for each in shop.moves], [each[2] for each in shop.moves]
    assert befores == [None, *afters[:-1]]
    assert (afters[0], afters[2], afters[-1]) == (afters[2], afters[0], None)
    assert shop.moves[-1][0] == shop.at("2027-03-01 00:00")
    assert len(shop.moves) == 4


def test_before_the_first_cut_offs_scores_are_absent_and_come_with_the_next_event():
    later = 10**13
    shop = Scored(cutoffs=((later, FIRST),))
    shop.buy(4_000)
    turn = Turn(shop.account, RFM, plan_of(RFM), shop.now_ms, shop.now_ms, b"0" * 20, "", False)
    assert shop.cell == 0
    assert [fact(turn, f"rfm_{each}") for each in "rfm"] == [None, None, None]
    shop.cutoffs = shop.account.cutoffs = (InForce(shop.now_ms + 1, FIRST),)
    shop.engage("login")
    assert shop.cell == 0  # It happened before they came.
    shop.engage("login", at=shop.now_ms + 1)
    assert shop.cell == 512
    assert [fact(turn, f"rfm_{each}") for each in "rfm"] == [5, 1, 2]


def test_new_cut_offs_reach_a_customer_who_does_nothing_within_the_days_of_the_rulebook():
    shop = Scored(book=parse_rulebook(BOOK.replace("rescore_days: 31", "rescore_days: 7"), "weekly"))
    shop.buy(4_000, at="2026-03-01 10:00")
    higher = Cutoffs(2, 20_001, 365, (10, 30, 60, 120), (5_000, 6_000, 20_000, 100_000), 50, 1)
    shop.cutoffs = shop.account.cutoffs = (*shop.cutoffs, InForce(shop.now_ms + 1, higher))
    shop.tick("2026-03-07 23:59")
    assert shop.cell == 512
    shop.tick("2026-03-08 00:00")
    assert (shop.cell, shop.customer.rfm.version) == (511, 2)


def test_cut_offs_of_another_window_are_not_used():
    shop = Scored(cutoffs=((0, Cutoffs(1, 20_000, 90, (1, 2, 3, 4), (1, 2, 3, 4), 50, 1)),))
    shop.buy(4_000)
    assert shop.cell == 0


def test_who_never_bought_or_has_not_joined_is_not_scored():
    shop = Scored(book=parse_rulebook(BOOK + "enrolment: signup\n", "by signup"))
    shop.engage("login")
    shop.buy(4_000)
    assert (shop.cell, shop.moves) == (None, [])
    shop.engage("signup")
    assert shop.cell == 512
    assert len(shop.moves) == 1


def test_an_order_that_comes_back_whole_leaves_the_day_of_the_last_purchase():
    shop = Scored()
    shop.buy(4_000, at="2026-03-01 10:00", order="a")
    shop.refund("a", 4_000, at="2026-03-02 10:00")
    rfm = shop.customer.rfm
    assert (rfm.money, rfm.frequency, rfm.inside, shop.cell) == (0, 0, True, 511)
    shop.tick("2027-03-01 00:00")
    assert (rfm.inside, shop.cell) == (False, 111)


def test_a_customer_of_many_days_is_counted_over_the_whole_window():
    shop = Scored(forgetful=True)
    start = shop.at("2026-01-10 10:00")
    for number in range(120):
        shop.buy(100, at=start + number * 3 * 86_400_000)
    assert (shop.customer.rfm.frequency, shop.customer.rfm.money) == (120, 12_000)
    for number in range(60):
        shop.tick(start + (300 + number * 9) * 86_400_000)
        today = plan_of(RFM).days.of(shop.now_ms)
        first = today - 364
        bought = [start + n * 3 * 86_400_000 for n in range(120)]
        inside = sum(plan_of(RFM).days.of(each) >= first and each <= shop.now_ms for each in bought)
        assert (shop.customer.rfm.frequency, shop.customer.rfm.money) == (inside, 100 * inside)
