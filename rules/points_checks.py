"""What the keys of `points` and of `wallets` must agree on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.facts import MAIN
from rules.mistakes import Mistake
from rules.points_keys import ExpiryKeys, PointsKeys
from rules.source import Path
from rules.values import Duration

if TYPE_CHECKING:
    from rules.book import Book

_BELONGS = {
    "round": ("after", "inactivity"),
    "anchor": ("after", "yearly"),
    "min_age": ("yearly",),
    "by": ("inactivity",),
}


def points_mistakes(book: "Book") -> Iterator[Mistake]:
    """Contradictions of the wallets: what cannot work, and why."""
    if book.points is not None:
        yield from _wallet(("points",), book.points)
        if book.points.qualifying_at == "activation" and book.points.pending is None:
            what = "points are active at once, so that nothing waits"
            yield ("points", "qualifying_at"), what, "add `pending:`, or delete `qualifying_at`"
    seen = {MAIN}
    for at, wallet in enumerate(book.wallets):
        path: Path = ("wallets", at)
        if wallet.id in seen:
            what = "points are kept under `points:`" if wallet.id == MAIN else "give each its own"
            yield (*path, "id"), f"the id {wallet.id} is used twice", what
        seen.add(wallet.id)
        yield from _wallet(path, wallet)


def _wallet(path: Path, keys: PointsKeys) -> Iterator[Mistake]:
    pending, expiry = keys.pending, keys.expiry
    if pending is not None and (pending.days is None) == (pending.on is None):
        what = "pending says two things" if pending.on else "pending says nothing"
        yield (*path, "pending"), what, "write `days: 14` or `on: delivered`"
    if expiry is None:
        yield from _needless(path, keys)
        return
    mistake = _one_kind((*path, "expiry"), expiry)
    if mistake is not None:
        yield mistake
        return
    yield from _expiry_before_activation(path, keys, expiry)
    yield from _reminders(path, keys, expiry)


def _needless(path: Path, keys: PointsKeys) -> Iterator[Mistake]:
    """Keys that only speak of points which lapse."""
    for name, given in (("reminders", keys.reminders), ("reinstate_grace_days", keys.reinstate_grace_days)):
        if given:
            yield (*path, name), "these points never lapse", f"add `expiry:`, or delete `{name}`"


def _one_kind(path: Path, expiry: ExpiryKeys) -> Mistake | None:
    given = expiry.model_fields_set
    kinds = [kind for kind in ("after", "yearly", "inactivity") if kind in given]
    if len(kinds) != 1:
        what = f"expiry says {' and '.join(kinds)} at once" if kinds else "expiry does not say when"
        return path, what, 'write one of `after: 12 months`, `yearly: "02-28"` and `inactivity: 18 months`'
    for name, homes in _BELONGS.items():
        if name in given and kinds[0] not in homes:
            return (
                (*path, name),
                f"{name} does not go with {kinds[0]}",
                f"delete it, or use {' or '.join(homes)}",
            )
    return None


def _expiry_before_activation(path: Path, keys: PointsKeys, expiry: ExpiryKeys) -> Iterator[Mistake]:
    """A life that counts from earning and may be over before the points can be spent."""
    pending = keys.pending
    if pending is None or expiry.anchor != "earn" or expiry.inactivity is not None:
        return
    length = expiry.after or expiry.min_age or Duration(0, 0)
    remedy = "write `anchor: activation`, or let them wait less long"
    if pending.on:
        yield (*path, "expiry", "anchor"), "the points may lapse before the order is delivered", remedy
    elif length.shortest_days() <= (pending.days or 0):
        what = f"points may lapse after {length.words()}, before they are active after {pending.days} days"
        yield (*path, "expiry", "anchor"), what, remedy


def _reminders(path: Path, keys: PointsKeys, expiry: ExpiryKeys) -> Iterator[Mistake]:
    days = keys.reminders or []
    length = expiry.after or expiry.inactivity
    for at, before in enumerate(days):
        if before in days[:at]:
            yield (*path, "reminders", at), f"{before} is there twice", "delete it"
        elif length is not None and before >= length.shortest_days():
            what = f"{before} days before they lapse the points may not be there yet"
            yield (*path, "reminders", at), what, f"remind later: they live {length.words()}"
