"""The contract of what is asked of whoever notifies customers."""

from pydantic import Field

from engine.notice_effects import CAUSES
from topics.fields_out import Ms, Outbound, Rev

CAUSES_TEXT = f"{', '.join(CAUSES[:-1])} or {CAUSES[-1]}"


class Suggestion(Outbound):
    """What the rulebook's strategy suggests for the customer."""

    action: str = Field(description="The action.")
    offer: str = Field(description="Its class of offer.")
    text: str = Field(description="What it is, in the language of the notice.")


class NotifyRequested(Outbound):
    """A customer is to be told something, from one instant on and before another."""

    intent: str = Field(description="Which intent of the rulebook.")
    kind: str = Field(alias="class", description="transactional, service or marketing.")
    dedupe_key: str = Field(description="The same for whatever tells of the same effect by the same intent.")
    not_before_ms: Ms = Field(description="Not to be sent before, UTC milliseconds since 1970.")
    expires_ms: Ms = Field(description="Not to be sent from then on, UTC milliseconds since 1970.")
    priority: str = Field(description="high, normal or low.")
    language: str = Field(description="Language of the text, two letters of ISO 639.")
    text: str = Field(description="What is said.")
    values: dict[str, str | int] = Field(description="The fields that the texts name, for other templates.")
    effect: str = Field(description="Id of the effect that it tells of.")
    effect_type: str = Field(description="Type of it; of several changes of a level what they come to.")
    why: str = Field(description="The effect's type and the rulebook's condition on it.")
    rev: Rev
    channels: list[str] = Field([], description="By which channels, the best first; left out: any.")
    suggestion: Suggestion | None = Field(None, description="What the rulebook's strategy suggests.")
    held_by: str = Field("", description="quiet_hours, when not_before_ms is their end.")
    changes: int = Field(1, description="How many changes of a level it stands for.")


class NotifySuppressed(Outbound):
    """What a customer is not told, and why."""

    intent: str = Field(description="Which intent of the rulebook.")
    kind: str = Field(alias="class", description="transactional, service or marketing.")
    cause: str = Field(description=f"Why not: {CAUSES_TEXT}.")
    dedupe_key: str = Field(description="As in notify.requested.")
    effect: str = Field(description="Id of the effect that is not told of.")
    effect_type: str = Field(description="Type of it.")
    rev: Rev
    changes: int = Field(1, description="How many changes of a level it stands for.")


NOTICES: dict[str, type[Outbound]] = {
    "notify.requested": NotifyRequested,
    "notify.suppressed": NotifySuppressed,
}
