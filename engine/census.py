"""How many customers stand where, and how many points are out: the tallies of one partition, exact.

A customer counts for a group, which follows from the row alone, and for what is in the wallets. What changes
is taken off and put on as accounts come into hand and are put back, so that nothing is ever counted anew.
Every event comes along here: what stayed the same costs a few comparisons of numbers.
"""

from typing import Final

from engine.counted import Counted, Group
from engine.state import Customer
from rules.facts import MAIN

_RANKS: Final = 1 << 10  # More than a set of levels has.


class Census:
    """Customers by group, and [active, pending, debt] by wallet: of a partition, or of what a run changes.

    `active`, `pending` and `debt` are of the points. Groups and wallets with nothing are not named in a sum.
    """

    __slots__ = ("active", "debt", "groups", "others", "pending")

    def __init__(
        self,
        groups: dict[Group, int] | None = None,
        active: int = 0,
        pending: int = 0,
        debt: int = 0,
        others: dict[str, list[int]] | None = None,
    ) -> None:
        self.groups: dict[Group, int] = {} if groups is None else groups
        self.active = active
        self.pending = pending
        self.debt = debt
        self.others: dict[str, list[int]] = {} if others is None else others

    def plus(self, change: "Census") -> "Census":
        """The sum of these tallies and a change."""
        groups, others = dict(self.groups), dict(self.others)
        for group, number in change.groups.items():
            groups[group] = groups.get(group, 0) + number
            if not groups[group]:
                del groups[group]
        for wallet, more in change.others.items():
            before = others.get(wallet, [0, 0, 0])
            others[wallet] = [before[0] + more[0], before[1] + more[1], before[2] + more[2]]
            if not any(others[wallet]):
                del others[wallet]
        active, pending = self.active + change.active, self.pending + change.pending
        return Census(groups, active, pending, self.debt + change.debt, others)

    @property
    def points(self) -> dict[str, tuple[int, int, int]]:
        """Active, pending and debt by wallet, the points first, which are always there."""
        found = {MAIN: (self.active, self.pending, self.debt)}
        for name, sums in sorted(self.others.items()):
            found[name] = sums[0], sums[1], sums[2]
        return found


def counted(customer: Customer) -> Counted:
    """What a customer counts for now."""
    wallet, rhythm = customer.wallet, customer.rhythm
    return Counted(
        customer.enrolled_ms >= 0,
        0 if rhythm is None else rhythm.level,
        _places(customer),
        wallet.active,
        wallet.pending,
        wallet.debt,
        _others(customer) if customer.wallets else None,
        "" if customer.life is None else customer.life.stage,
    )


def count(change: Census, before: Counted | None, customer: Customer) -> None:
    """Adds to a change what a customer counts for now, less what it counted for; None for a new one."""
    now = counted(customer)
    if before is None:
        _move(change, _group(customer, now), 1)
        before = Counted(False, 0, 0, 0, 0, 0, None)
    elif (
        now.places != before.places
        or now.level != before.level
        or now.joined != before.joined
        or now.stage != before.stage
    ):
        _move(change, _group(customer, now), 1)
        _move(change, _group(customer, before), -1)
    change.active += now.active - before.active
    change.pending += now.pending - before.pending
    change.debt += now.debt - before.debt
    if now.others is not None:
        _count_others(change, before.others, now.others)


def _places(customer: Customer) -> int:
    """The customer's ranks as one number: a digit for each set of levels, in the order of joining them."""
    places = 0
    for standing in customer.standings.values():
        places = places * _RANKS + standing.rank + 1
    return places


def _group(customer: Customer, counts: Counted) -> Group:
    """The group of somebody who counts so; a customer may have joined more sets since, and leaves none."""
    ranks: list[int] = []
    places = counts.places
    while places:
        places, digit = divmod(places, _RANKS)
        ranks.insert(0, digit - 1)
    standings = tuple(sorted(zip(customer.standings, ranks, strict=False)))
    return counts.joined, counts.level, standings, counts.stage


def _move(change: Census, group: Group, number: int) -> None:
    change.groups[group] = change.groups.get(group, 0) + number


def _others(customer: Customer) -> dict[str, tuple[int, int, int]]:
    return {name: (each.active, each.pending, each.debt) for name, each in customer.wallets.items()}


def _count_others(
    change: Census, before: dict[str, tuple[int, int, int]] | None, now: dict[str, tuple[int, int, int]]
) -> None:
    """The same for wallets beside the points; a customer keeps those it has."""
    for name, points in now.items():
        was = (0, 0, 0) if before is None else before.get(name, (0, 0, 0))
        if points != was:
            sums = change.others.get(name)
            if sums is None:
                sums = change.others[name] = [0, 0, 0]
            for at in range(3):
                sums[at] += points[at] - was[at]
