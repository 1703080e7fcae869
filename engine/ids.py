"""Ids that follow from their cause, so that a crash, a replay or a second engine gives the same ones."""

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("5f0c3d0a-6f0b-5f6e-9d43-7469657261ff").bytes  # Tierline's own; never change it.
VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def cause_of_event(source: str, event_id: str) -> bytes:
    """The name under which an event causes effects: its parts, each with its length."""
    return f"{len(source)}:{source}{len(event_id)}:{event_id}".encode()


def cause_of_timer(customer: str, kind: str, due_ms: int, epoch: int) -> bytes:
    """The name under which a timer causes effects."""
    return f"timer{len(customer)}:{customer}{len(kind)}:{kind}{due_ms}:{epoch}".encode()


def effect_id(cause: bytes, effect_type: str, ordinal: int) -> str:
    """The UUID (version 5) of the `ordinal`-th effect of a cause."""
    name = b"%b%b%b#%d" % (NAMESPACE, cause, effect_type.encode(), ordinal)
    h = sha1(name, usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


def seen_hash(cause: bytes) -> bytes:
    """The 8 bytes by which an event's (source, id) is remembered."""
    return sha1(cause, usedforsecurity=False).digest()[:8]
