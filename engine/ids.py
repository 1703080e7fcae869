"""Ids that follow from their cause, so that a crash, a replay or a second engine gives the same ones.

One hash per event serves both: its first 8 bytes are how the event is remembered, and the ids of its
effects are a UUID (version 8) made of the hash, the effect's type and its place among the effects.
"""

from hashlib import blake2b
from typing import Final
from uuid import UUID

from engine.effects import EFFECT_CODES

NAMESPACE: Final = UUID("5f0c3d0a-6f0b-5f6e-9d43-7469657261ff").bytes  # Tierline's own; never change it.
VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
ENDINGS: Final = {
    kind: [f"{code:02x}{place:02x}" for place in range(256)] for kind, code in EFFECT_CODES.items()
}


def digest_of_event(source: str, event_id: str) -> bytes:
    """The 20 bytes that stand for an event; it is remembered by the first 8. Each part has its length."""
    cause = f"{len(source)}:{source}{len(event_id)}:{event_id}"
    return blake2b(NAMESPACE + cause.encode(), digest_size=20).digest()


def digest_of_timer(customer: str, kind: str, due_ms: int, epoch: int) -> bytes:
    """The 20 bytes that stand for a timer that falls due."""
    cause = f"timer{len(customer)}:{customer}{len(kind)}:{kind}{due_ms}:{epoch}"
    return blake2b(NAMESPACE + cause.encode(), digest_size=20).digest()


def effect_id(digest: bytes, effect_type: str, place: int) -> str:
    """The id of a cause's effect at this place (0 to 255); the digest is the cause's."""
    h = digest.hex("-", 2)  # Ten times four digits; the dashes at 9, 14, 19 and 24 are where a UUID has them.
    return f"{h[:4]}{h[5:15]}8{h[16:20]}{VARIANT[h[20]]}{h[21:29]}{h[30:34]}{ENDINGS[effect_type][place]}"
