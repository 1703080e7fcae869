"""Once a second what stands in the partitions in hand, as numbers for Prometheus; and looks at customers."""

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from agents.flow import Key
from agents.habits import Habits
from agents.holdings import Holdings
from agents.metrics import Metrics
from agents.patrol import Patrol, patrol
from agents.session import Shard
from rules.compiled import Rulebook
from rules.facts import MAIN

Numbers = dict[Key, float]
CENSUS = (
    "customers_known",
    "customers_enrolled",
    "customers",
    "customers_risk",
    "customers_stage",
    "points_outstanding",
    "points_liability",
)


LIABLE = ("active", "pending")


class Names:
    """What the ranks and levels in the tallies are called in a rulebook, and what a point costs."""

    def __init__(self, book: Rulebook, point_cost: Decimal) -> None:
        self.currency, self.cost = book.currency, point_cost
        self.sets = {each.id: [tier.code for tier in each.tiers] for each in book.tier_sets}
        self.stages = ["", *(stage.code for stage in book.stages)]
        self.levels = ["none", *(level.name for level in (book.churn.levels if book.churn else ()))]

    def tier(self, tier_set: str, rank: int) -> str:
        """The code of a rank; its number where a former rulebook had more."""
        return _at(self.sets.get(tier_set, ()), rank)

    def level(self, level: int) -> str:
        """The name of a level of risk."""
        return _at(self.levels, level)


def _at(names: Any, place: int) -> str:
    return names[place] if place < len(names) else str(place)


def of_census(census: Mapping[str, Any], names: Names, partition: str) -> dict[str, Numbers]:
    """The gauges of one partition's tallies, by metric. A group that is empty is 0 and not left out."""
    tiers: Numbers = {(name, code, partition): 0 for name, codes in names.sets.items() for code in codes}
    for (tier_set, rank), count in census["tiers"].items():
        tiers[tier_set, names.tier(tier_set, rank), partition] = count
    risk: Numbers = {(level, partition): 0 for level in names.levels}
    for level, count in census["risk"].items():
        risk[names.level(level), partition] = count
    stages: Numbers = {(stage, partition): 0 for stage in names.stages}
    for stage, count in census["stages"].items():
        stages[stage, partition] = count
    return {
        "customers_known": {(partition,): census["customers"]},
        "customers_enrolled": {(partition,): census["enrolled"]},
        "customers": tiers,
        "customers_risk": risk,
        "customers_stage": stages,
        "points_liability": {
            (names.currency, state, partition): float(names.cost * census["points"][MAIN][state])
            for state in LIABLE
        },
        "points_outstanding": {
            (wallet, state, partition): qty
            for wallet, states in census["points"].items()
            for state, qty in states.items()
        },
    }


class Figures:
    """Shows how the partitions of one worker stand."""

    def __init__(self, holdings: Holdings, metrics: Metrics, rulebook: Rulebook) -> None:
        self.holdings = holdings
        self.metrics = metrics
        self.names = Names(rulebook, holdings.settings.point_cost)
        self.patrols: dict[int, Patrol] = {}

    def show(self) -> None:
        """Replaces all gauges by what holds now."""
        shards, put = self.holdings.shards, self.metrics.board.put
        lags = self.holdings.lags()
        put("consumer_lag_records", {(topic, str(number)): n for (topic, number), n in lags.items()})
        put("partitions_assigned", {(): len(shards)})
        self._put("state_bytes", lambda shard: shard.store.size()[0])
        self._put("state_keys", lambda shard: shard.store.size()[1])
        self._put("partition_timestamp_seconds", lambda shard: shard.partition.now_ms / 1000)
        self._put("event_time_lag_seconds", lambda shard: shard.event_lag_s)
        self._tell_census()
        self._tell_patrols()

    def look(self) -> None:
        """Looks at some more customers, for a moment."""
        self.patrols = {
            number: known if (known := self.patrols.get(number)) and known.shard is shard else Patrol(shard)
            for number, shard in self.holdings.shards.items()
        }
        self.metrics.ledger_checks.inc(patrol(self.patrols.values(), time.perf_counter))

    def _put(self, name: str, ask: Callable[[Shard], float | None]) -> None:
        """A gauge by partition, without those that know no number."""
        found = {(str(number),): ask(shard) for number, shard in self.holdings.shards.items()}
        self.metrics.board.put(name, {key: value for key, value in found.items() if value is not None})

    def _tell_census(self) -> None:
        gauges: dict[str, Numbers] = {name: {} for name in CENSUS}
        for number, shard in self.holdings.shards.items():
            for name, numbers in of_census(shard.partition.census, self.names, str(number)).items():
                gauges[name].update(numbers)
        for name, numbers in gauges.items():
            self.metrics.board.put(name, numbers)

    def _tell_patrols(self) -> None:
        shards, put = self.holdings.shards, self.metrics.board.put
        patrols = {
            (str(number),): each
            for number, each in self.patrols.items()
            if shards.get(number) is each.shard  # What has gone is shown by others.
        }
        put("ledger_mismatch_customers", {key: len(each.wrong) for key, each in patrols.items()})
        put("customers_looked_at_timestamp_seconds", {key: each.complete_s for key, each in patrols.items()})
        passes = {key: each.habits for key, each in patrols.items() if each.habits is not None}
        for name, ask in HABITS.items():
            put(name, {key: ask(habits) for key, habits in passes.items()})


HABITS: Mapping[str, Callable[[Habits], float]] = {
    "members_looked_at": lambda habits: habits.members,
    "members_active": lambda habits: habits.active,
    "customers_bought": lambda habits: habits.bought,
    "customers_bought_again": lambda habits: habits.again,
}
