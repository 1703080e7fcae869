"""What is kept of a customer's points: one wallet's sums, and the points by when they activate and expire."""

from itertools import pairwise
from typing import Final

from engine import spans

NEVER: Final = 1 << 62  # Later than every instant: it does not expire, or nobody knows yet when it activates.
QUARTER_MS: Final = 900_000  # Local midnights fall on these: so they are written with half the bytes.


class Shelf:
    """Points that activate together and expire together: spans of their numbers, see `engine.spans`."""

    __slots__ = ("activates_ms", "expires_ms", "spans")

    def __init__(self, expires_ms: int, activates_ms: int = 0, held: list[int] | None = None) -> None:
        self.expires_ms = expires_ms
        self.activates_ms = activates_ms
        self.spans: list[int] = [] if held is None else held

    def qty(self) -> int:
        """How many points lie here."""
        return spans.total(self.spans)


class Wallet:
    """One wallet. Points that never expire have no number: they are `active` less those on `shelves`.

    earned + adjusted + received + written_off - redeemed - expired - clawed - sent = active + pending - debt.
    `shelves` hold active points by when they expire, `waiting` pending ones by when they activate, `gone`
    what had expired unspent. `given` is the number of the newest point. `idle_ms` is when points expire for
    inactivity. `later` are qualifying points that are to count, by the instant: [instant, how many, ...].
    All points numbered below `forgotten` that lie nowhere may have expired long ago.
    """

    __slots__ = (
        "active", "adjusted", "clawed", "debt", "earned", "expired", "forgotten", "given", "gone", "idle_ms",
        "later", "pending", "received", "redeemed", "sent", "shelves", "waiting", "written_off",
    )  # fmt: skip

    def __init__(self, active: int = 0, earned: int = 0, clawed: int = 0) -> None:
        self.active = active
        self.earned = earned
        self.clawed = clawed
        self.pending = self.debt = 0
        self.adjusted = self.received = self.sent = self.redeemed = self.expired = self.written_off = 0
        self.given = self.idle_ms = self.forgotten = 0
        self.shelves: list[Shelf] = []
        self.waiting: list[Shelf] = []
        self.gone: list[Shelf] = []
        self.later: list[int] = []


def wallet_mistake(wallet: Wallet) -> str:
    """What is wrong with a wallet, "" when its sums and its points agree: the law of `Wallet`."""
    w = wallet
    flow = w.earned + w.adjusted + w.received + w.written_off - w.redeemed - w.expired - w.clawed - w.sent
    if flow != w.active + w.pending - w.debt:
        return f"entries come to {flow}, but {w.active} active + {w.pending} pending - {w.debt} debt are kept"
    if min(w.active, w.pending, w.debt) < 0 or (w.debt and w.active):
        return f"{w.active} active, {w.pending} pending and {w.debt} debt cannot be"
    dated = sum([shelf.qty() for shelf in w.shelves])
    if dated > w.active or w.pending != sum([shelf.qty() for shelf in w.waiting]):
        return f"{dated} dated of {w.active} active points, {w.pending} pending: the shelves say otherwise"
    for shelves in (w.shelves, w.waiting, w.gone):
        held = [number for shelf in shelves for number in shelf.spans]
        if any(not shelf.spans for shelf in shelves) or any(number >= w.given + 2 for number in held):
            return "an empty shelf, or a point that was never given"
    every = sorted(
        (shelf.spans[at], shelf.spans[at + 1])
        for shelf in (*w.shelves, *w.waiting, *w.gone)
        for at in range(0, len(shelf.spans), 2)
    )
    if any(qty <= 0 for qty in w.later[1::2]) or w.later[::2] != sorted(set(w.later[::2])):
        return f"qualifying points wait for nothing: {w.later}"
    for (_, end), (start, _) in pairwise(every):
        if start < end:
            return f"point {start} lies in two places"
    return ""


def values_of_wallet(wallet: Wallet) -> list[int]:
    """The values beyond active, earned and clawed; none for a wallet whose points just come and stay."""
    w = wallet
    if not (
        w.idle_ms
        or w.given
        or w.redeemed
        or w.adjusted
        or w.received
        or w.sent
        or w.debt
        or w.written_off
        or w.later
    ):
        return []
    values = [
        w.pending, w.debt, w.adjusted, w.received, w.sent, w.redeemed, w.expired, w.written_off,
        w.given, brief(w.idle_ms), w.forgotten,
    ]  # fmt: skip
    for shelves in (w.shelves, w.waiting, w.gone):
        values.append(len(shelves))
        for shelf in shelves:
            values += (brief(shelf.expires_ms), brief(shelf.activates_ms), len(shelf.spans))
            before = 0
            for number in shelf.spans:
                values.append(number - before)
                before = number
    for at in range(0, len(w.later), 2):
        values += (brief(w.later[at]), w.later[at + 1])
    return values


def fill_wallet(wallet: Wallet, values: list[int]) -> None:
    """Gives a wallet the values beyond active, earned and clawed; empty: it has none."""
    if values:
        wallet.pending, wallet.debt, wallet.adjusted, wallet.received = values[0:4]
        wallet.sent, wallet.redeemed, wallet.expired, wallet.written_off = values[4:8]
        wallet.given, idle, wallet.forgotten = values[8:11]
        wallet.idle_ms = instant_of(idle)
        at = _shelves_from(values, 11, wallet.shelves)
        at = _shelves_from(values, at, wallet.waiting)
        at = _shelves_from(values, at, wallet.gone)
        for place in range(at, len(values), 2):
            wallet.later += (instant_of(values[place]), values[place + 1])


def _shelves_from(values: list[int], at: int, into: list[Shelf]) -> int:
    """Reads shelves from this place on; the place after them."""
    count, at = values[at], at + 1
    for _ in range(count):
        expires, activates, length = values[at : at + 3]
        shelf, at, number = Shelf(instant_of(expires), instant_of(activates)), at + 3, 0
        for step in values[at : at + length]:
            number += step
            shelf.spans.append(number)
        at += length
        into.append(shelf)
    return at


def brief(instant_ms: int) -> int:
    """An instant in few bytes: quarters of an hour where it is on one, else negative milliseconds."""
    if instant_ms == NEVER:
        return -1
    return -instant_ms - 2 if instant_ms % QUARTER_MS else instant_ms // QUARTER_MS


def instant_of(value: int) -> int:
    """The instant that was written in brief."""
    if value == -1:
        return NEVER
    return -value - 2 if value < 0 else value * QUARTER_MS
