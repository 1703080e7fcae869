"""Bytes of one inbound record -> one engine event, or the reason why not. Never an exception.

Three forms are read: the bare JSON of the attributes, structured CloudEvents (the same JSON), and binary
CloudEvents (attributes in `ce_` headers, data as the value). The hot path is one typed JSON pass, one hash
and a handful of comparisons; everything that explains a mistake is in `topics.complaints`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder
from xxhash import xxh3_64_digest

from engine.cutoffs import Counted, Cutoffs
from engine.events import (
    Cancel,
    Delivered,
    Engagement,
    Event,
    Happening,
    Line,
    PaidWith,
    Purchase,
    Refund,
    RefundLine,
)
from engine.ids import digest_of_event
from rules.facts import ENGAGEMENT_KINDS
from topics import limits, wire
from topics.binary import as_structured, is_binary
from topics.catalogue import Role
from topics.complaints import Refused, Undecodable, explain, unknown_type
from topics.decode_commands import COMMANDS
from topics.decode_member import profile, read_engagement
from topics.instants import minute_starts, parse_ms, remainders
from topics.population import population_in
from topics.wire_base import Envelope
from topics.wire_population import OfPartition

Headers = Sequence[tuple[str, bytes | None]]


class TimeReached(Struct, frozen=True, gc=False):
    """The partition's clock has come at least this far (UTC ms); nothing else happened."""

    time_ms: int


Decoded = Event | TimeReached | Counted | Cutoffs | Undecodable

_READERS: dict[Role, Callable[[bytes], Any]] = {
    Role.PURCHASES: Decoder(wire.PurchaseEvent).decode,
    Role.ENGAGEMENTS: read_engagement,
    Role.COMMANDS: Decoder(wire.CommandEvent).decode,
}
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]").search
_DECIMAL: Final = re.compile(limits.DECIMAL.strip("^$")).fullmatch
_IDS: Final = (
    "order_id", "refund_id", "ref_id", "referee_id",
    "redemption_id", "transfer_id", "to", "sender", "receiver", "referrer", "referee",
    "wallet", "reason_code", "second_actor", "tier_set", "tier",
)  # fmt: skip
_KINDS: Final = {f"engagement.{kind}": kind for kind in ENGAGEMENT_KINDS}
_currencies: set[str] = set()  # Those seen that are three capital letters.


def decode(role: Role, key: bytes | None, value: bytes | None, headers: Headers = ()) -> Decoded:
    """The event in a record of the input with this role, or `Undecodable` with a reason and a sentence."""
    try:
        if value is None:
            raise Refused("schema", "$: the value is null, an event is expected")
        if headers and is_binary(headers):
            value, hashed = as_structured(headers, value)
        else:
            hashed = value
        ascii_only = value.isascii()
        if not ascii_only:
            value.decode()  # The JSON reader does not look into what it skips.
        wired = _READERS[role](value)
        known = _CONVERT.get(type(wired))
        if known is None:
            return _of_partition(wired, key)
        kind, convert = known
        data = convert(wired)
        subject = wired.subject
        if key is None or subject.encode() != key:
            raise Refused("no_customer", _key_trouble(key))
        # A control character is written with a backslash, or is DEL, or (C1) begins with the byte C2.
        if 92 in value or 127 in value or (not ascii_only and 194 in value):
            _check_ids(wired, data)
        time = wired.time
        try:
            occurred_ms = minute_starts[time[:17]] + remainders[time[17:]]  # `parse_ms`, without the call.
        except ValueError:
            raise _bad_time() from None
        kind = kind or wired.type
        source, id = wired.source, wired.id
        payload_hash, digest = xxh3_64_digest(hashed), digest_of_event(source, id)
        return Event(kind, source, id, subject, occurred_ms, payload_hash, digest, data, wired.backfill)
    except Refused as refused:
        return Undecodable(refused.reason, refused.message)
    except (ValidationError, DecodeError, UnicodeDecodeError, RecursionError) as error:
        return explain(error, role, value)


def _of_partition(wired: wire.Ticked | OfPartition, key: bytes | None) -> Decoded:
    """What belongs to a partition and not to a customer."""
    try:
        time_ms = parse_ms(wired.time)
    except ValueError:
        raise _bad_time() from None
    return TimeReached(time_ms) if isinstance(wired, wire.Ticked) else population_in(wired, key)


def _bad_time() -> Refused:
    return Refused("schema", f"$.time: an {limits.TIME_WANTED}")


def _key_trouble(key: bytes | None) -> str:
    if not key:
        return "the record has no key; the key must be the customer id, as in $.subject"
    return "$.subject: the customer differs from the record's key"


def _check_ids(wired: Envelope, data: Happening) -> None:
    """Raises Refused if an identifier holds a control character."""
    if _CONTROL_CHARACTER(wired.subject):
        raise Refused("no_customer", "$.subject: a control character is not allowed in an identifier")
    named = [("$.source", wired.source), ("$.id", wired.id)]
    named += [(f"$.data.{name}", getattr(data, name, "")) for name in _IDS]
    by = getattr(data, "by", None)
    if by is not None:
        named.append(("$.data.actor", by.actor))
    named += [("$.data.lines[...].line_id", line.line_id) for line in getattr(data, "lines", ())]
    points = getattr(wired.data, "paid_with_points", None) if isinstance(wired, wire.Completed) else None
    if points is not None:
        named.append(("$.data.paid_with_points.wallet", points.wallet))
        named.append(("$.data.paid_with_points.redemption_id", points.redemption_id))
    for path, text in named:
        if _CONTROL_CHARACTER(text):
            raise Refused("schema", f"{path}: a control character is not allowed in an identifier")


def _engagement(wired: wire.Engaged) -> Engagement:
    kind = _KINDS.get(wired.type)
    if kind is None:
        raise unknown_type(wired.type, Role.ENGAGEMENTS)
    d = wired.data
    return Engagement(kind, d.ref_id, d.value, d.text_len, d.score, d.severity, d.referee_id)


def _purchase(wired: wire.Completed) -> Purchase:
    d = wired.data
    if d.currency not in _currencies:
        _admit_currency(d.currency)
    if d.fx_rate and (_DECIMAL(d.fx_rate) is None or not d.fx_rate.strip("0.")):
        raise Refused("schema", '$.data.fx_rate: a positive decimal in quotes is expected, like "7.1234"')
    if d.lines is not None:
        if d.amount is not None:
            raise Refused("schema", "$.data: amount and lines exclude each other")
        lines = _lines(d.lines)
    elif d.amount is not None:
        lines = (Line("1", d.amount),)
    else:
        raise Refused("schema", "$.data: amount or lines is missing")
    by_points = d.paid_with_points
    return Purchase(
        d.order_id,
        d.currency,
        lines,
        d.order_version,
        d.order_discount,
        0 if by_points is None else by_points.value,
        d.paid_with_giftcard,
        d.channel,
        d.store_id,
        d.fx_rate,
        None if by_points is None else PaidWith(by_points.wallet, by_points.points, by_points.redemption_id),
    )


def _admit_currency(currency: str) -> None:
    if len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper():
        _currencies.add(currency)
        return
    raise Refused("schema", "$.data.currency: three capital letters are expected, like CNY")


def _lines(wired: tuple[wire.LineIn, ...]) -> tuple[Line, ...]:
    total = 0
    for w in wired:
        price = w.unit_price * w.qty
        if w.discount > price:
            raise Refused("bad_money", "$.data.lines[...].discount: it is more than unit_price times qty")
        total += price
    if total > limits.ORDER_MAX:
        raise Refused("bad_money", f"$.data.lines: they sum to more than {limits.ORDER_MAX} minor units")
    if len({w.line_id for w in wired}) < len(wired):
        raise Refused("schema", "$.data.lines: a line_id occurs twice in the order")
    return tuple([_line(w) for w in wired])


def _line(w: wire.LineIn) -> Line:
    category = w.category
    if isinstance(category, str):
        category = (category,) if category else ()
    return Line(
        w.line_id, w.unit_price, w.qty, w.discount, w.tax, w.sku, category, w.brand, w.tags, w.eligible
    )


def _refund(wired: wire.Refunded) -> Refund:
    d = wired.data
    if (d.lines is None) == (d.amount is None):
        raise Refused("schema", "$.data: exactly one of lines and amount is expected")
    lines = []
    for w in d.lines or ():
        if w.qty is not None and w.amount is not None:
            raise Refused("schema", "$.data.lines[...]: qty and amount exclude each other")
        lines.append(RefundLine(w.line_id, w.qty, w.amount))
    return Refund(d.refund_id, d.order_id, tuple(lines), d.amount, d.reason)


# The event's type ("": as it was written) and its data.
_CONVERT: dict[type[Envelope], tuple[str, Callable[..., Happening]]] = {
    wire.Engaged: ("", _engagement),
    wire.ProfileUpdated: (limits.PROFILE_TYPE, profile),
    wire.Completed: ("purchase.completed", _purchase),
    wire.Refunded: ("purchase.refunded", _refund),
    wire.Cancelled: ("purchase.cancelled", lambda wired: Cancel(wired.data.order_id)),
    wire.Delivery: ("purchase.delivered", lambda wired: Delivered(wired.data.order_id)),
    **COMMANDS,
}
