"""What the keys about how long levels last must agree on."""

from collections.abc import Iterator

from rules.book import Book
from rules.facts import Metric, WindowKind
from rules.mistakes import Mistake
from rules.source import Path
from rules.tier_keys import LevelKeys, TiersKeys, ValidityKeys, leaves

_OF_REVIEWS = ("extended_by", "min_hold", "grace", "downgrade", "warnings", "lifetime_floor", "reset_points")
_PERIOD_DAYS = {"month": 28, "quarter": 90, "half": 181, "year": 365}


def keeps(book: Book) -> Iterator[Mistake]:
    """What is asked to keep a level that nobody enters, never reviews, or asks less to enter."""
    for path, one in book.sets:
        for number, level in enumerate(one.levels):
            where = (*path, "levels", number, "keep")
            if level.keep is None:
                continue
            if number == 0:
                yield where, "the lowest level has a keep", "delete it: nobody falls below the first level"
            elif one.validity == "forever":
                yield where, "levels here are never reviewed", "add `validity:` to the set, or delete it"
            else:
                yield from _above_entry(level, where)


def _above_entry(level: LevelKeys, where: Path) -> Iterator[Mistake]:
    """Numbers that ask more to keep a level than to enter it."""
    if isinstance(level.keep, int):
        return
    asked = [leaf for _, leaf, negated in leaves(level.entry, ()) if not negated]
    for place, leaf, negated in leaves(level.keep, where):
        for entry in [] if negated else asked:
            if (leaf.metric, leaf.window) == (entry.metric, entry.window) and leaf.at_least > entry.at_least:
                what = f"{leaf.at_least} is above the {entry.at_least} that entry asks for"
                yield (*place, "at_least"), what, f"ask for at most {entry.at_least}"


def reviews(book: Book) -> Iterator[Mistake]:
    """Keys of reviews where there are none, and periods that nothing or something goes by."""
    for path, one in book.sets:
        if one.validity == "forever":
            yield from _without_reviews(one, path)
        if _by_period(one) and one.period is None:
            yield (*path, "validity"), f"{one.validity} needs a period", "add `period: year`, or another"
        elif one.upgrade == "next_period" and one.period is None:
            yield (*path, "upgrade"), "next_period needs a period", "add `period: month`, or another"
        elif one.period and one.upgrade == "immediate" and not _by_period(one):
            yield (*path, "period"), "nothing goes by this period", "delete it"
        if one.extended_by and isinstance(one.validity, ValidityKeys):
            yield (*path, "extended_by"), "the validity has a length already", "write it into `for`"


def _by_period(one: TiersKeys) -> bool:
    """Whether levels last to the end of a period."""
    return one.validity in ("end_of_period", "end_of_next_period")


def _without_reviews(one: TiersKeys, path: Path) -> Iterator[Mistake]:
    for key in _OF_REVIEWS:
        if getattr(one, key) and not (key == "min_hold" and one.real_time_downgrade):
            yield (*path, key), "levels here are never reviewed", "add `validity:`, or delete it"


def real_time(book: Book) -> Iterator[Mistake]:
    """Levels that end by themselves and are reviewed as well."""
    for path, one in book.sets:
        if one.real_time_downgrade and one.validity != "forever":
            what = "levels that end at once have no validity"
            yield (*path, "real_time_downgrade"), what, "delete this, or `validity`"
        elif one.real_time_downgrade and _by_balance(one):
            what = "levels by active_points would end as soon as points are spent"
            yield (
                (*path, "real_time_downgrade"),
                what,
                "ask for qualifying_points, or give the levels a `validity`",
            )


def _by_balance(one: TiersKeys) -> bool:
    """Whether a level asks for points that can be spent."""
    return any(
        leaf.metric is Metric.ACTIVE_POINTS for level in one.levels for _, leaf, _ in leaves(level.entry, ())
    )


def resets(book: Book) -> Iterator[Mistake]:
    """Points that lapse at reviews, where they have no numbers or where a grace would put it off."""
    for path, one in book.sets:
        where = (*path, "reset_points")
        if one.reset_points and (book.points is None or book.points.expiry is None):
            what = "points that never lapse have no numbers: no refund could tell which were reset"
            yield where, what, "add `points: {expiry: {after: 12 months}}`, or another expiry"
        elif one.reset_points and one.grace:
            yield where, "a grace would put off the reset with the review", "delete it, or `grace`"


def warnings(book: Book) -> Iterator[Mistake]:
    """Warnings out of order, or before a level can have begun."""
    for path, one in book.sets:
        days = one.warnings or []
        for at in range(1, len(days)):
            if days[at] >= days[at - 1]:
                what = f"{days[at]} is not below the {days[at - 1]} before it"
                yield (*path, "warnings", at), what, "write the most days first, each once"
        if days and days[0] >= (longest := _shortest_days(book, one)) > 0:
            what = f"a level may last {longest} days only"
            yield (*path, "warnings", 0), what, f"warn fewer than {longest} days before"


def _shortest_days(book: Book, one: TiersKeys) -> int:
    """The fewest days between two reviews, 0 when there is no saying."""
    if isinstance(one.validity, ValidityKeys):
        return one.validity.for_.shortest_days()
    if one.period == "cycle":
        return book.cycle.every.shortest_days() if book.cycle else 0
    if one.validity in ("end_of_period", "end_of_next_period"):
        return _PERIOD_DAYS.get(one.period or "", 0)
    return 365 if one.validity == "anniversary" else 0


def lifetime_floor(book: Book) -> Iterator[Mistake]:
    """A floor that no level can give."""
    for path, one in book.sets:
        every = [leaf for level in one.levels for _, leaf, _ in leaves(level.entry, ())]
        if one.lifetime_floor and all(leaf.window.kind is not WindowKind.LIFETIME for leaf in every):
            what = "no level can be held by lifetime numbers"
            yield (*path, "lifetime_floor"), what, "give a level a condition with `window: lifetime`"


CHECKS = (keeps, reviews, real_time, resets, warnings, lifetime_floor)
