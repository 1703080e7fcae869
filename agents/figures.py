"""Once a second: what stands in the partitions in hand, as numbers for Prometheus."""

from agents.flow import Key
from agents.holdings import Holdings
from agents.metrics import Metrics
from agents.patrol import ROWS_PER_S, Patrol


class Figures:
    """Shows how the partitions of one worker stand."""

    def __init__(self, holdings: Holdings, metrics: Metrics) -> None:
        self.holdings = holdings
        self.metrics = metrics
        self.patrols: dict[int, Patrol] = {}

    def show(self) -> None:
        """Replaces all gauges by what holds now, and looks at some more of the ledger."""
        shards, put = self.holdings.shards, self.metrics.board.put
        lags = self.holdings.lags()
        put("consumer_lag_records", {(topic, str(number)): n for (topic, number), n in lags.items()})
        put("partitions_assigned", {(): len(shards)})
        sizes = {(str(number),): shard.store.size() for number, shard in shards.items()}
        put("state_bytes", {key: size for key, (size, _) in sizes.items()})
        put("state_keys", {key: keys for key, (_, keys) in sizes.items()})
        put(
            "partition_timestamp_seconds",
            {(str(number),): shard.partition.now_ms / 1000 for number, shard in shards.items()},
        )
        put(
            "event_time_lag_seconds",
            {
                (str(number),): shard.event_lag_s
                for number, shard in shards.items()
                if shard.event_lag_s is not None
            },
        )
        self._patrol()

    def _patrol(self) -> None:
        shards = self.holdings.shards
        self.patrols = {
            number: known if (known := self.patrols.get(number)) and known.shard is shard else Patrol(shard)
            for number, shard in shards.items()
        }
        for patrol in self.patrols.values():
            self.metrics.ledger_checks.inc(patrol.look(max(ROWS_PER_S // len(shards), 1)))
        wrong: dict[Key, float] = {(str(n),): len(patrol.wrong) for n, patrol in self.patrols.items()}
        complete: dict[Key, float] = {(str(n),): patrol.complete_s for n, patrol in self.patrols.items()}
        self.metrics.board.put("ledger_mismatch_customers", wrong)
        self.metrics.board.put("ledger_checked_timestamp_seconds", complete)
