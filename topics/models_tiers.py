"""The published contract of what is said about levels."""

from pydantic import Field

from topics.fields_out import Actor, Backfill, Ms, Outbound, Rev


class Reading(Outbound):
    """One condition as it was read."""

    metric: str = Field(description="What was measured.")
    window: str = Field(description="Over which days.")
    value: int = Field(description="What it came to.")
    threshold: int = Field(description="What it had to be at least.")
    result: bool = Field(description="Whether it holds.")


class NextTier(Outbound):
    """The next tier up."""

    code: str = Field(description="Its code.")
    missing: dict[str, int] = Field(description="What is still missing, by condition.")


class TierChanged(Outbound):
    """A customer entered, rose in, or fell within a tier set."""

    tier_set: str = Field(description="Id of the tier set.")
    from_tier: str = Field(alias="from", description='Code of the tier left; "" at enrolment.')
    to_tier: str = Field(alias="to", description="Code of the tier entered.")
    reason: str = Field(description="event, refund, tenure, review, correction, real_time or override.")
    effective_ms: Ms
    qualified_ms: Ms
    explain: list[Reading] = Field(description="The conditions that decided, with their numbers.")
    rev: Rev
    skipped: list[str] = Field([], description="Tiers jumped over.")
    next_tier: NextTier | None = Field(None, description="The next tier up and what it takes.")
    valid_until_ms: Ms = 0
    by: Actor | None = Field(None, description="Who gave the command that moved the customer.")
    backfill: Backfill = False


class TierRenewed(Outbound):
    """A level was kept, at its review or in the grace after it."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the tier.")
    reason: str = Field(description="What it was renewed by: review or event.")
    previous_until_ms: Ms
    valid_until_ms: Ms
    explain: list[Reading] = Field(description="What kept it, with the numbers.")
    rev: Rev
    backfill: Backfill = False


class TierGraceStarted(Outbound):
    """A level was not kept at its review; it ends with the grace unless what is missing comes."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the tier.")
    valid_until_ms: Ms
    grace_until_ms: Ms
    missing: dict[str, int] = Field(description="What is missing, by condition.")
    explain: list[Reading] = Field(description="What would have kept it, with the numbers.")
    rev: Rev


class TierWarning(Outbound):
    """The coming review will fail unless what is missing comes."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the tier.")
    days_left: int = Field(description="Local days until the review.")
    valid_until_ms: Ms
    missing: dict[str, int] = Field(description="What is missing, by condition.")
    explain: list[Reading] = Field(description="What keeps it, with the numbers of the review.")
    rev: Rev


class TierProgress(Outbound):
    """The customer has nearly everything that the next level asks."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the present tier.")
    percent: int = Field(description="Of every condition of the next tier the customer has as much.")
    next_tier: NextTier
    explain: list[Reading] = Field(description="The entry of the next tier, with the numbers.")
    rev: Rev
    backfill: Backfill = False


class TierOverridden(Outbound):
    """A tier was set by hand."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the tier.")
    mode: str = Field(description="At least this tier (floor), or exactly it (pin).")
    by: Actor
    rev: Rev
    until_ms: Ms = 0


class TierReleased(Outbound):
    """A tier set by hand is by the rules again."""

    tier_set: str = Field(description="Id of the tier set.")
    tier: str = Field(description="Code of the tier that was set.")
    mode: str = Field(description="How it was set: floor or pin.")
    why: str = Field(description="released by a command, or until: in time.")
    by: Actor
    rev: Rev
