"""The tallies by difference are the tallies counted anew, for customers of several sets and wallets."""

from collections import Counter
from random import Random

import pytest

from engine.census import Census, count, counted
from engine.life import Life
from engine.state import Customer, Rhythm, Standing
from engine.wallet import Wallet

SETS, WALLETS = ("club", "main", "trade"), ("miles", "stamps")


def moved(customer: Customer, chance: Random) -> None:
    """Something happens to the customer, as an event may have it."""
    customer.enrolled_ms = chance.choice((-1, customer.enrolled_ms, 5))
    if chance.random() < 0.5:
        customer.rhythm = Rhythm(1, 1, 1, 1, level=chance.randrange(4))
    if chance.random() < 0.5:
        customer.standings[chance.choice(SETS)] = Standing(chance.randrange(5), 0, [], [])
    if chance.random() < 0.3:
        customer.life = Life(chance.choice(("new", "active", "lost")))
    for wallet in (customer.wallet, customer.wallets.setdefault(chance.choice(WALLETS), Wallet())):
        wallet.active, wallet.pending, wallet.debt = (chance.randrange(3) for _ in range(3))


def anew(customers: list[Customer]) -> tuple[Counter, dict]:
    """Groups and points, counted without `engine.census`."""
    groups: Counter = Counter()
    points = {name: [0, 0, 0] for name in ("points", *WALLETS)}
    for each in customers:
        ranks = tuple(sorted((name, standing.rank) for name, standing in each.standings.items()))
        stage = each.life.stage if each.life else ""
        groups[each.enrolled_ms >= 0, each.rhythm.level if each.rhythm else 0, ranks, stage] += 1
        for name, wallet in (("points", each.wallet), *each.wallets.items()):
            for at, part in enumerate((wallet.active, wallet.pending, wallet.debt)):
                points[name][at] += part
    return groups, {name: tuple(sums) for name, sums in points.items() if name == "points" or any(sums)}


@pytest.mark.parametrize("seed", range(20))
def test_what_is_counted_by_difference_is_what_there_is(seed):
    chance = Random(seed)
    customers = [Customer(f"c{number}") for number in range(8)]
    census, known = Census(), set()
    for _ in range(60):
        change = Census()
        for customer in chance.sample(customers, 3):
            before = counted(customer) if customer.id in known else None
            known.add(customer.id)
            moved(customer, chance)
            count(change, before, customer)
        census = census.plus(change)
        groups, points = anew([each for each in customers if each.id in known])
        assert census.groups == groups
        assert census.points == points
