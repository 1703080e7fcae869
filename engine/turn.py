"""One event's turn with one customer: what is in hand while `step` decides."""

from engine.effects import Effect, EffectData
from engine.events import Internal
from engine.ids import effect_id
from engine.plan import Plan
from engine.state import Account, Customer, Standing
from rules.compiled import Rulebook
from rules.compiled_tiers import Tier
from rules.facts import PROFILING


class Given:
    """What became of points just given: when they activate (0: at once) and lapse, and the first number."""

    __slots__ = ("activates_ms", "expires_ms", "first")

    def __init__(self, activates_ms: int, expires_ms: int, first: int) -> None:
        self.activates_ms = activates_ms
        self.expires_ms = expires_ms
        self.first = first


class Turn:
    """The customer, the rulebook, the instant, and the effects so far.

    `occurred_ms` is the event's own time (a timer's due instant), `now_ms` the partition's.
    `day` is the local day of `occurred_ms`; `today` of the later of the two. `digest` stands for the cause.
    `standing` is the customer's place in the tier set that multiplies, None before enrolment. `given` is for
    `engine.points` alone; `rearm`: when points activate or lapse next has to be seen anew.
    """

    __slots__ = (
        "account",
        "backfill",
        "causation",
        "customer",
        "day",
        "digest",
        "effects",
        "given",
        "now_ms",
        "occurred_ms",
        "plan",
        "rearm",
        "rulebook",
        "standing",
        "today",
    )  # fmt: skip

    def __init__(
        self,
        account: Account,
        rulebook: Rulebook,
        plan: Plan,
        now_ms: int,
        occurred_ms: int,
        digest: bytes,
        causation: str,
        backfill: bool,
    ) -> None:
        self.account = account
        self.customer: Customer = account.customer
        self.rulebook = rulebook
        self.plan = plan
        self.now_ms = now_ms
        self.occurred_ms = occurred_ms
        self.digest = digest
        self.causation = causation
        self.backfill = backfill
        self.day = day = plan.days.of(occurred_ms)
        self.today = day if now_ms <= occurred_ms else plan.days.of(now_ms)
        self.standing: Standing | None = account.customer.standings.get(plan.main_set)
        self.effects: list[Effect] = []
        self.given: Given | None = None
        self.rearm = False

    def emit(self, effect_type: str, data: EffectData) -> None:
        """Adds an effect; its id follows from what caused it, the type and its place."""
        effects = self.effects
        effects.append(
            Effect(
                effect_id(self.digest, effect_type, len(effects)),
                effect_type,
                self.customer.id,
                self.occurred_ms,
                self.causation,
                self.rulebook.ruleversion,
                data,
            )
        )

    def send(self, customer: str, effect_type: str, data: Internal) -> None:
        """Adds an event for another customer; it comes to them as an input, whatever their partition."""
        effects = self.effects
        id = effect_id(self.digest, effect_type, len(effects))
        ruleversion = self.rulebook.ruleversion
        effects.append(Effect(id, effect_type, customer, self.occurred_ms, self.causation, ruleversion, data))

    def tier(self) -> Tier:
        """The customer's tier now; the lowest before enrolment."""
        tiers, standing = self.rulebook.tier_set.tiers, self.standing
        return tiers[standing.rank if standing is not None and standing.rank < len(tiers) else 0]

    def agrees(self) -> bool:
        """Whether the customer may be watched and scored: as they said of profiling, else as assumed."""
        member, assumed = self.customer.member, self.rulebook.consents
        choice = None if member is None else member.consents.get(PROFILING)
        if choice is None:
            return assumed is None or PROFILING in assumed
        return choice.granted

    def joined(self) -> bool:
        """Whether the customer had joined when it happened; with `first_event` all that happens joins."""
        return 0 <= self.customer.enrolled_ms <= self.occurred_ms
