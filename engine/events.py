"""What `step` takes in: one accepted, typed happening of one customer.

Times are UTC milliseconds, money is integer minor units. `topics.decode` makes these from bytes and has
already checked types and ranges; the engine decides what they mean. All structs are immutable.
"""

from typing import Final

from msgspec import Struct


class Line(Struct, frozen=True, gc=False):
    """One line of an order. `unit_price` and `tax` per line as sent; `discount` is the line's own."""

    line_id: str
    unit_price: int
    qty: int = 1
    discount: int = 0
    tax: int = 0
    sku: str = ""
    category: tuple[str, ...] = ()
    brand: str = ""
    tags: tuple[str, ...] = ()
    eligible: bool = True


class PaidWith(Struct, frozen=True, gc=False):
    """The points that paid for part of an order, and the redemption that took them ("": not told)."""

    wallet: str
    points: int
    redemption_id: str = ""


class Purchase(Struct, frozen=True, gc=False):
    """`purchase.completed`. An order sent as a bare `amount` has one line "1" of that price."""

    order_id: str
    currency: str
    lines: tuple[Line, ...]
    order_version: int = 1
    order_discount: int = 0
    points_value: int = 0  # Money paid with points; it earns nothing.
    giftcard_value: int = 0  # Money paid with a gift card; it earns normally, buying one does not.
    channel: str = ""
    store_id: str = ""
    fx_rate: str = ""  # Programme units for one unit of `currency`, a decimal string.
    paid_with: PaidWith | None = None  # What `points_value` was paid with.


class RefundLine(Struct, frozen=True, gc=False):
    """So many units, or so much money, of one line comes back; with neither, all that is left of it."""

    line_id: str
    qty: int | None = None
    amount: int | None = None


class Refund(Struct, frozen=True):
    """`purchase.refunded`: by `lines`, or by `amount` over the whole order (exactly one of the two)."""

    refund_id: str
    order_id: str
    lines: tuple[RefundLine, ...] = ()
    amount: int | None = None
    reason: str = ""


class Cancel(Struct, frozen=True, gc=False):
    """`purchase.cancelled`: a refund of all that is left."""

    order_id: str


class Delivered(Struct, frozen=True, gc=False):
    """`purchase.delivered`: the goods arrived."""

    order_id: str


class Engagement(Struct, frozen=True, gc=False):
    """`engagement.<kind>`."""

    kind: str
    ref_id: str = ""
    value: int = 0
    text_len: int = 0
    score: int = 0
    severity: int = 0
    referee_id: str = ""


class Profile(Struct, frozen=True, gc=False):
    """`profile.updated`: what is new of a customer, by name; None removes, what is not named stays.

    Names are zone, language, birthday ("MM-DD"), joined_on ("YYYY-MM-DD"), phone, device and card (hashes of
    what the customer has of each), attributes (only with None: all of them) and attribute.<name>.
    """

    fields: tuple[tuple[str, "ProfileValue"], ...]


class Actor(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who gave a command, in which role, and why in words."""

    actor: str
    role: str = ""
    reason: str = ""


class Redeem(Struct, frozen=True, gc=False):
    """`command.points.redeem`: points are spent, all or nothing."""

    by: Actor
    redemption_id: str
    qty: int
    wallet: str = "points"
    reward: str = ""


class RedeemReverse(Struct, frozen=True, gc=False):
    """`command.points.redeem_reverse`: so many points of a redemption come back; None: all that is left."""

    by: Actor
    redemption_id: str
    qty: int | None = None


class Adjust(Struct, frozen=True, gc=False):
    """`command.points.adjust`: points given (above 0) or taken (below 0) by hand.

    `expires_ms` 0: as the wallet's rule says. `qualifying`: whether they count for levels; None: as the
    rulebook says.
    """

    by: Actor
    qty: int
    reason_code: str
    wallet: str = "points"
    expires_ms: int = 0
    second_actor: str = ""
    qualifying: bool | None = None


class Transfer(Struct, frozen=True, gc=False):
    """`command.points.transfer`: points go to the customer `to`."""

    by: Actor
    transfer_id: str
    to: str
    qty: int
    wallet: str = "points"


class TierOverride(Struct, frozen=True, gc=False):
    """`command.tier.override`: a tier by hand. `mode` is "floor", at least it, or "pin", exactly it.

    `until_ms` 0: until it is released.
    """

    by: Actor
    tier_set: str
    tier: str
    mode: str
    until_ms: int = 0


class TierRelease(Struct, frozen=True, gc=False):
    """`command.tier.release`: the override of a tier set ends."""

    by: Actor
    tier_set: str


class SetConsent(Struct, frozen=True, gc=False):
    """`command.consent.set`: the customer agrees to a scope of use, or no longer does."""

    by: Actor
    scope: str
    granted: bool


class TagAdd(Struct, frozen=True, gc=False):
    """`command.tag.add`: a tag by hand, until an instant (0: until it is released).

    A tag that the rulebook knows has its dimension and group from there, whatever the command says.
    """

    by: Actor
    tag: str
    dimension: str = ""
    group: str = ""
    until_ms: int = 0


class TagRemove(Struct, frozen=True, gc=False):
    """`command.tag.remove`: a tag taken by hand; until an instant (0: its release) no rule gives it."""

    by: Actor
    tag: str
    until_ms: int = 0


class TagRelease(Struct, frozen=True, gc=False):
    """`command.tag.release`: a tag given or taken by hand is left to the rules again."""

    by: Actor
    tag: str


class Lot(Struct, frozen=True, gc=False):
    """Points that travel together and keep their expiry (0: never)."""

    qty: int
    expires_ms: int = 0


class TransferIn(Struct, frozen=True):
    """`transfer.received`, sent by the engine to the partition of the customer who gets the points."""

    by: Actor
    transfer_id: str
    sender: str
    wallet: str
    lots: tuple[Lot, ...]


class TransferBack(Struct, frozen=True):
    """`transfer.returned`, sent by the engine to the giver: they could not be taken in, `why` in a word."""

    by: Actor
    transfer_id: str
    receiver: str
    wallet: str
    lots: tuple[Lot, ...]
    why: str


class ReferralOpened(Struct, frozen=True):
    """`referral.opened`, sent by the engine to the partition of who was referred.

    `line` are the marks, in hexadecimal digits, of those who referred the referrer, and before; `hashes` are
    of the referrer's phones, devices and cards, each with its kind in front.
    """

    referrer: str
    line: tuple[str, ...]
    hashes: tuple[str, ...]


class ReferralClosed(Struct, frozen=True):
    """`referral.closed`, sent by the engine to the referrer: paid, or `why` not in a word."""

    referee: str
    why: str = ""
    hashes: tuple[str, ...] = ()


OrderEvent = Purchase | Refund | Cancel | Delivered
ORDER_EVENTS: Final = (Purchase, Refund, Cancel, Delivered)
TagCommand = TagAdd | TagRemove | TagRelease
TAG_COMMANDS: Final = (TagAdd, TagRemove, TagRelease)
Command = Redeem | RedeemReverse | Adjust | Transfer | TierOverride | TierRelease | SetConsent | TagCommand
ProfileValue = str | int | tuple[str, ...] | None
Handed = TransferIn | TransferBack
Internal = Handed | ReferralOpened | ReferralClosed
INTERNAL: Final = (TransferIn, TransferBack, ReferralOpened, ReferralClosed)
Happening = OrderEvent | Engagement | Profile | Command | Internal


class Event(Struct, frozen=True, gc=False):
    """One inbound event. `payload_hash` is 8 bytes over the payload as sent (same id, other hash = conflict);
    `digest` are the 20 bytes that stand for its source and id, see `engine.ids`.

    `occurred_ms` is the CloudEvents `time`; when it was recorded is `step`'s `now_ms`.
    """

    type: str
    source: str
    id: str
    customer: str
    occurred_ms: int
    payload_hash: bytes
    digest: bytes
    data: Happening
    backfill: bool = False


class TimerDue(Struct, frozen=True, gc=False):
    """The instant a customer's timer of this kind waited for."""

    kind: str
    due_ms: int
