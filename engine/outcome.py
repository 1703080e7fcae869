"""What `step` may answer instead of effects. Either way the customer is exactly as before."""

from msgspec import Struct

from engine.effects import Effect


class Duplicate(Struct, frozen=True, gc=False):
    """Already counted: `of` is "event", "order" or "refund"."""

    of: str


class Rejected(Struct, frozen=True, gc=False):
    """Cannot be counted: a reason code for the dead letter, and one sentence."""

    reason: str
    message: str


class Early(Struct, frozen=True, gc=False):
    """Names an order that is not known yet: `engine.waiting` may keep it until that comes."""


Outcome = list[Effect] | Duplicate | Rejected | Early
