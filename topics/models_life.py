"""The published contract of what is said about stages, segments and tags."""

from pydantic import Field

from topics.fields_out import Actor, Backfill, Outbound, Rev


class Criterion(Outbound):
    """One condition as it was read."""

    says: str = Field(description="The condition as the rulebook has it.")
    value: int | str | None = Field(
        description="The fact: money in minor units, ratios in parts per million; null: there is none yet."
    )
    holds: bool = Field(description="Whether the condition holds.")


class LifecycleChanged(Outbound):
    """A customer's stage of life, or segment of value, is another one."""

    axis: str = Field(description="stage or value.")
    from_: str = Field(alias="from", description='What it was; "" when there was none yet.')
    to: str = Field(description="What it is now.")
    criteria: list[Criterion] = Field(
        description="What led into the new one, and what no longer held of the old one."
    )
    tier: str = Field(description="The customer's tier.")
    rev: Rev
    days: int = Field(0, description="Whole days the old one lasted.")
    backfill: Backfill = False


class TagChanged(Outbound):
    """A customer has a tag now, or no longer, or it is left to the rules again."""

    tag: str = Field(description="The tag.")
    dimension: str = Field(description="What it is about.")
    why: str = Field(
        description="rule, command, expired, replaced or gone; of a release what it was: given or barred."
    )
    rev: Rev
    group: str = Field("", description="Its group, of which a customer has one tag.")
    until_ms: int = Field(
        0, description="When what was done by hand ends, UTC milliseconds since 1970; 0: with its release."
    )
    criteria: list[Criterion] = Field([], description="The conditions of its rule as read.")
    by: Actor | None = Field(None, description="Who gave the command that changed it.")
    backfill: Backfill = False


LIFE: dict[str, type[Outbound]] = {
    "lifecycle.changed": LifecycleChanged,
    "tag.added": TagChanged,
    "tag.removed": TagChanged,
    "tag.released": TagChanged,
}
