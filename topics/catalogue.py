"""Every topic of Tierline, once: name, direction, key, partitions and broker settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

DAY_MS = 86_400_000
MIB = 1024 * 1024

Clock = Literal["wall", "log"]
Direction = Literal["in", "out", "internal"]


class Role(StrEnum):
    """What a topic is for, whatever its name. The value is the name without prefix or app id."""

    PURCHASES = "purchases"
    ENGAGEMENTS = "engagements"
    COMMANDS = "commands"
    POINTS = "points"
    TIERS = "tiers"
    LIFECYCLE = "lifecycle"
    ALERTS = "alerts"
    NOTIFICATIONS = "notifications"
    PROFILES = "profiles"
    DEAD_LETTERS = "dead-letters"
    CONTROL = "control"
    CHANGELOG = "customers-changelog"
    JOURNAL = "journal"
    RULEBOOKS = "rulebooks"


INPUTS = (Role.PURCHASES, Role.ENGAGEMENTS, Role.COMMANDS)  # In the order that settles equal timestamps.
_INTERNAL = (Role.CHANGELOG, Role.JOURNAL, Role.RULEBOOKS)
_SINGLE = (Role.RULEBOOKS, Role.CONTROL)  # One partition; all others have as many as the engine.
_COMPACTED = (Role.CHANGELOG, Role.RULEBOOKS, Role.PROFILES, Role.CONTROL)

# Larger than an input may be, so that a dead letter holds the original and says what was wrong.
_MAX_BYTES = {Role.DEAD_LETTERS: 17 * MIB}

_WHAT = {
    Role.PURCHASES: "Orders: completed, refunded, cancelled, delivered.",
    Role.ENGAGEMENTS: "What customers do besides buying, and what is told of them.",
    Role.COMMANDS: "Orders about points, tiers, tags and consents; `time.reached` moves a partition's clock.",
    Role.POINTS: "The ledger: every entry of points earned and clawed back.",
    Role.TIERS: "Enrolments, upgrades and downgrades, each with its reasons.",
    Role.LIFECYCLE: "Stages of life, segments of value, tags; consents, days of care, referrals refused.",
    Role.ALERTS: "Churn alerts by the customer's own rhythm and by the model, and recoveries.",
    Role.PROFILES: "The current view of each customer, one record per customer: a table, no event.",
    Role.NOTIFICATIONS: "Requests to notify customers, and what they are not told and why.",
    Role.DEAD_LETTERS: "Records that could not be applied: original bytes, and why in the headers.",
    Role.CONTROL: "Versions of what holds for all partitions: the newest cut-offs of the scores.",
    Role.CHANGELOG: "The table of customers and orders, and how far each partition has come.",
    Role.JOURNAL: "One record per commit: what was applied, in which order, and the running hash.",
    Role.RULEBOOKS: "The text of each rulebook, by digest.",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `keyed`: the key is the customer id (UTF-8), placed by murmur2.

    `configs` are the broker's topic settings, as the broker writes them.
    """

    role: Role
    name: str
    what: str
    direction: Direction
    keyed: bool
    partitions: int
    configs: Mapping[str, str]


class Catalogue:
    """All topics of one installation.

    `clock` is "wall" (the broker stamps the inputs) or "log" (the sender's timestamps are the time).
    """

    def __init__(
        self, prefix: str = "loyalty", app_id: str = "tierline", partitions: int = 4, clock: Clock = "wall"
    ) -> None:
        self.prefix = prefix
        self.app_id = app_id
        self.partitions = partitions
        self.clock: Clock = clock
        self._by_role = {role: self._topic(role) for role in Role}
        self._by_name = {topic.name: topic.role for topic in self._by_role.values()}

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All topics, inputs first."""
        return tuple(self._by_role.values())

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs, in the order that settles equal timestamps."""
        return tuple(self.name(role) for role in INPUTS)

    def topic(self, role: Role) -> Topic:
        """The topic that plays this role."""
        return self._by_role[role]

    def name(self, role: Role) -> str:
        """Name of the topic that plays this role."""
        return self._by_role[role].name

    def role(self, name: str) -> Role:
        """Role of the topic with this name. Raises KeyError for a name that is not Tierline's."""
        return self._by_name[name]

    def _topic(self, role: Role) -> Topic:
        name = f"{self.app_id}-{role}" if role in _INTERNAL else f"{self.prefix}.{role}"
        return Topic(
            role=role,
            name=name,
            what=_WHAT[role],
            direction="in" if role in INPUTS else "internal" if role in _INTERNAL else "out",
            keyed=role not in (*_SINGLE, Role.JOURNAL),
            partitions=1 if role in _SINGLE else self.partitions,
            configs=self._configs(role),
        )

    def _configs(self, role: Role) -> dict[str, str]:
        configs = {"max.message.bytes": str(_MAX_BYTES.get(role, 16 * MIB))}
        if role in _COMPACTED:
            return configs | _compacted()
        kept_ms = 30 * DAY_MS if role in INPUTS and self.clock == "wall" else -1
        configs |= {"cleanup.policy": "delete", "retention.ms": str(kept_ms), "retention.bytes": "-1"}
        return configs | (_input_time(self.clock) if role in INPUTS else _output_time(self.clock))


def _compacted() -> dict[str, str]:
    """Settings of a table: never deleted by age, and what is younger than a day is kept in full."""
    return {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(DAY_MS),
        "delete.retention.ms": str(7 * DAY_MS),
        "message.timestamp.type": "LogAppendTime",
        "segment.bytes": str(64 * MIB),
    }


def _input_time(clock: Clock) -> dict[str, str]:
    if clock == "wall":
        return {"message.timestamp.type": "LogAppendTime"}
    return _output_time(clock) | {"message.timestamp.after.max.ms": "300000"}


def _output_time(clock: Clock) -> dict[str, str]:
    """Timestamps as sent. Segments roll by record time, so a log of old records gets long ones."""
    segment_days = 7 if clock == "wall" else 3650
    return {"message.timestamp.type": "CreateTime", "segment.ms": str(segment_days * DAY_MS)}
