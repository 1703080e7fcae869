"""What is shown once a second is what stands in the rows; the patrol sees who holds what no entry gave."""

import json
import re
from collections import Counter
from decimal import Decimal

from agents.accounts import CUSTOMER, account_of, write
from agents.figures import Names, of_census
from agents.habits import Habits
from agents.lines import LineRecord
from agents.patrol import LATER_S, REST_S, ROWS, Patrol, patrol
from tests.agents.support_events import DAY_MS
from tests.agents.support_fold import BOOK, CATALOGUE, END_MS, TOPIC, Fold, bought, story
from topics.catalogue import Role
from topics.instants import format_ms


class _Shard:
    """A partition in hand as the patrol sees it."""

    def __init__(self, store, partition):
        self.number, self.store, self.partition, self.changed = 0, store, partition, b""


class _Rows:
    """The rows of a fold, in order, as the store on disk gives them."""

    def __init__(self, rows):
        self.rows = dict(sorted((key, value) for key, value in rows.items() if key[:1] == CUSTOMER))

    def get(self, key):
        return self.rows.get(key)

    def chunk(self, prefix, after, limit):
        return [(key, row) for key, row in self.rows.items() if key > after][:limit]


def test_the_patrol_finds_who_holds_what_no_entry_gave_and_forgets_it_once_it_is_right(caplog):
    fold = Fold()
    fold.take(story(1))
    store = _Rows(fold.store.rows)
    one = Patrol(_Shard(store, fold.partition))
    while not one.complete_s:
        one.look(3)
    assert one.wrong == set()
    key = list(store.rows)[4]
    right = store.rows[key]
    account = account_of(key[1:].decode(), right)
    account.customer.wallet.active += 1
    changed = {}
    write(account, changed)
    store.rows[key] = changed[key]
    for _ in range(2 * len(store.rows)):
        one.look(3)
    assert one.wrong == {key}
    assert caplog.text.count("wallet points") == 1
    assert key[1:].decode() not in re.split(r"\W+", caplog.text)
    store.rows[key] = right
    one.shard.changed = key  # The newest commit set it right.
    one.look(1)
    assert one.wrong == set()


def engaged(customer, at_ms, offset):
    """A sign-up, which gives points."""
    event = {
        "type": "engagement.signup", "source": "test", "id": f"s-{customer}", "subject": customer,
        "time": format_ms(at_ms).decode(), "data": {},
    }  # fmt: skip
    topic = CATALOGUE.name(Role.ENGAGEMENTS)
    return LineRecord(topic, 0, offset, at_ms, customer.encode(), json.dumps(event).encode())


def test_rates_are_of_who_bought_or_engaged_within_their_days_and_count_a_day_once():
    fold, end_ms = Fold(), END_MS - END_MS % DAY_MS + 12 * 3_600_000  # Noon.
    story_of = [
        ("a", 400), ("c", 366), ("b", 364), ("b", 363), ("g", 95), ("d", 90), ("c", 89), ("h", 80), ("e", 30),
        ("e", 30), ("f", 0),
    ]  # fmt: skip
    for number, (name, days) in enumerate(story_of):
        at_ms = end_ms - days * DAY_MS
        if name in "gh":
            fold.take([engaged(name, at_ms, number)])
        else:
            fold.take(bought([name], f"o{number}", at_ms, number))
    one = Patrol(_Shard(_Rows(fold.store.rows), fold.partition))
    assert one.habits is None
    while one.habits is None:
        one.look(3)
    assert one.habits == Habits(members=8, active=4, bought=5, again=1)


def test_a_day_whose_orders_all_came_back_is_no_purchase_day():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    order = json.loads(bought(["a"], "x", END_MS)[0].value)["data"]["order_id"]
    event = {
        "type": "purchase.cancelled", "source": "test", "id": "c-1", "subject": "a",
        "time": format_ms(END_MS).decode(), "data": {"order_id": order},
    }  # fmt: skip
    fold.take([LineRecord(TOPIC, 0, 1, END_MS, b"a", json.dumps(event).encode())])
    one = Patrol(_Shard(_Rows(fold.store.rows), fold.partition))
    one.look(10)
    assert one.habits == Habits(members=1)


class _Clock:
    """A clock that goes on by so much whenever it is read."""

    def __init__(self, step_s):
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self):
        self.now_s += self.step_s
        return self.now_s


def test_a_look_ends_with_its_moment_and_gets_round_every_partition_however_many_there_are():
    patrols = []
    for number in range(3):
        fold = Fold()
        fold.take([each for n in range(5) for each in bought([f"{number}-{n}"], f"o{n}", END_MS, n)])
        patrols.append(Patrol(_Shard(_Rows(fold.store.rows), fold.partition)))
    clock = _Clock(LATER_S)
    looks = 0
    while any(each.habits is None for each in patrols):
        assert patrol(patrols, clock) <= 3 * ROWS
        looks += 1
        assert looks < 100
    assert [each.habits.members for each in patrols] == [5, 5, 5]
    first = [each.complete_s for each in patrols]
    assert patrol(patrols, clock) == 0, "all of them rest"
    clock.now_s += REST_S
    for _ in patrols:
        patrol(patrols, clock)
    assert all(each.complete_s > before for each, before in zip(patrols, first, strict=True))


def test_until_everybody_was_looked_at_once_a_look_is_longer():
    fold = Fold()
    row = _one_row()
    rows = {CUSTOMER + b"%05d" % n: row for n in range(1_000)}
    one = Patrol(_Shard(_Rows(rows), fold.partition))
    clock = _Clock(0.0001)
    early = patrol([one], clock)
    while one.habits is None:
        patrol([one], clock)
    clock.now_s += REST_S
    late = patrol([one], clock)
    assert one.habits.members == 1_000
    assert early > 2 * late > 0


def _one_row():
    fold = Fold()
    fold.take(bought(["a"], "o", END_MS, 0))
    return fold.store.rows[CUSTOMER + b"a"]


def test_gauges_of_the_tallies_name_every_level_and_add_up_to_the_rows():
    fold = Fold()
    fold.take(story(1))
    gauges = of_census(fold.partition.census, Names(BOOK, Decimal("0.015")), "0")
    customers = [
        account_of(key[1:].decode(), row).customer
        for key, row in fold.store.rows.items()
        if key[:1] == CUSTOMER
    ]
    assert gauges["customers_known"] == {("0",): len(customers)}
    assert gauges["customers_enrolled"] == {("0",): sum(each.enrolled_ms >= 0 for each in customers)}
    wallets = [each.wallet for each in customers]
    active, pending = sum(each.active for each in wallets), sum(each.pending for each in wallets)
    assert gauges["points_liability"] == {
        ("USD", "active", "0"): float(Decimal(active * 15) / 1000),
        ("USD", "pending", "0"): float(Decimal(pending * 15) / 1000),
    }
    (main,) = BOOK.tier_sets
    ranks = Counter(each.standings[main.id].rank for each in customers if main.id in each.standings)
    assert gauges["customers"] == {(main.id, tier.code, "0"): ranks[tier.rank] for tier in main.tiers}
    levels = Counter(each.rhythm.level if each.rhythm else 0 for each in customers)
    names = ["none", *(level.name for level in BOOK.churn.levels)]
    assert gauges["customers_risk"] == {(name, "0"): levels[at] for at, name in enumerate(names)}
    assert sum(ranks.values()) > 0 < levels[0]
    active = sum(each.wallet.active for each in customers)
    assert gauges["points_outstanding"]["points", "active", "0"] == active > 0


def test_a_rank_that_the_rulebook_no_longer_has_is_shown_by_its_number():
    assert Names(BOOK, Decimal(0)).tier(BOOK.tier_set.id, 99) == "99"
    assert Names(BOOK, Decimal(0)).tier("another", 1) == "1"
