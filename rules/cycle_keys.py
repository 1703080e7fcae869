"""The programme's own cycle: periods of one length that begin on fixed dates, the same for everybody."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal
from rules.facts import WindowKind
from rules.keys import Keys
from rules.mistakes import Mistake
from rules.source import Path
from rules.tier_keys import TiersKeys, leaves
from rules.values import EPOCH_ORDINAL, ROLLING_DAYS_MAX, Cycle, DurationText, in_words

if TYPE_CHECKING:
    from rules.book import Book

MONTHS_MAX = 12
FORM = 'write year, month and day like "2026-04-01"'


def _day(value: Any) -> int:
    """Days since 1970-01-01 of "2026-04-01". Raises Refusal for what is no date."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or len(value) != len("2026-04-01") or not 1970 <= found.year <= 2100:
        raise Refusal(f"{in_words(value)} is not a date", FORM)
    return found.toordinal() - EPOCH_ORDINAL


class CycleKeys(Keys):
    """Periods of one length, from a date on."""

    from_: Annotated[
        int,
        BeforeValidator(_day),
        WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
    ] = Field(alias="from", description="A local day on which one begins.", examples=["2026-04-01"])
    every: DurationText = Field(
        description="How long each lasts, at most 12 months or 400 days.", examples=["12 months"]
    )

    def compiled(self) -> Cycle:
        """The cycle as the engine reads it."""
        return Cycle(self.from_, self.every)


def cycles(book: "Book") -> Iterator[Mistake]:
    """A cycle that is missing, that nothing goes by, or that no window can look back over."""
    users = [place for path, one in book.sets for place in _users(one, path)]
    if book.cycle is None:
        for place in users:
            remedy = 'add `cycle: {from: "2026-04-01", every: 12 months}` to the file'
            yield place, "the programme has no cycle", remedy
        return
    if not users:
        remedy = "delete it, or write `window: cycle` or `period: cycle`"
        yield ("cycle",), "nothing goes by this cycle", remedy
        return
    length = book.cycle.every
    if length.months > MONTHS_MAX or length.days > ROLLING_DAYS_MAX:
        what = f"{length.words()} is longer than any window looks back"
        yield ("cycle", "every"), what, f"write at most {MONTHS_MAX} months or {ROLLING_DAYS_MAX} days"


def _users(one: TiersKeys, path: Path) -> Iterator[Path]:
    """Where a set of levels goes by the cycle."""
    if one.period == "cycle":
        yield (*path, "period")
    for number, level in enumerate(one.levels):
        asked = {"entry": level.entry, "keep": None if isinstance(level.keep, int) else level.keep}
        for key, tree in asked.items():
            for place, leaf, _ in leaves(tree, (*path, "levels", number, key)):
                if leaf.window.kind is WindowKind.CYCLE:
                    yield (*place, "window")
