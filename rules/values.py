"""The types of single values in a rulebook file: numbers, names, windows and choices.

Each refuses what it cannot take with a `Refusal`, in words for the author of the file.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal, shortened
from rules.facts import WindowKind

ROLLING_DAYS_MAX = 400
DURATION_DAYS_MAX = 600 * 31  # 50 years.
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
POINTS_MAX = 1_000_000
AMOUNT_MAX = 1_000_000_000_000

Rounding = Literal["floor", "half_up", "half_even", "ceil"]
Enrolment = Literal["first_event", "signup"]
Chosen = TypeVar("Chosen", bound=str)
NOWHERE: Mapping[str, str] = MappingProxyType({})


class Window(NamedTuple):
    """A span of local days; `days` is the length of a rolling one, else 0."""

    kind: WindowKind
    days: int


class Duration(NamedTuple):
    """A length of time on the calendar: months and days, one of them 0."""

    months: int = 0
    days: int = 0

    def shortest_days(self) -> int:
        """The fewest local days it can last."""
        return self.days + self.months * 28

    def words(self) -> str:
        """As a rulebook writes it: `12 months`."""
        count, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


class Cycle(NamedTuple):
    """Periods of one length, one of which begins on the local day `first` (days since 1970-01-01)."""

    first: int
    length: Duration

    def words(self) -> str:
        """As a sentence has it."""
        return f"every {self.length.words()} from {date.fromordinal(self.first + EPOCH_ORDINAL)}"


def quoted(names: Iterable[str]) -> str:
    """The names as a list in words: `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` was probably meant to be, or None."""
    return next(iter(get_close_matches(word, list(names), n=1, cutoff=0.6)), None)


def chooser(names: Iterable[str], elsewhere: Mapping[str, str] = NOWHERE) -> BeforeValidator:
    """A validator that accepts one of `names`; for those of `elsewhere` it tells their place."""
    by_name = {str(name): name for name in names}
    return BeforeValidator(lambda value: choice(value, by_name, elsewhere))


def choice(value: Any, by_name: Mapping[str, Chosen], elsewhere: Mapping[str, str] = NOWHERE) -> Chosen:
    """What the value names. Raises Refusal when it names nothing."""
    if isinstance(value, str) and value in by_name:
        return by_name[value]
    others = f"use {quoted(by_name)}" if len(by_name) <= 8 else "docs/rulebook.md lists what is"
    if isinstance(value, str) and value in elsewhere:
        raise Refusal(f"{value} is not one of these", f"write it under `{elsewhere[value]}`")
    near = nearest(value, by_name) if isinstance(value, str) else None
    raise Refusal(f"{in_words(value)} is not known here", f"did you mean {near}?" if near else others)


def in_words(value: object) -> str:
    """A value from the file as a message shows it."""
    if isinstance(value, dict | list):
        return "a group of keys" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) else shortened(str(value))


def exact(value: Any) -> Any:
    """A number of the file as Decimal. Raises Refusal for anything else."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    remedy = "write digits like 1250 or 1.15, without quotes, thousands separators or a currency sign"
    raise Refusal(f"{in_words(value)} is not a number", remedy)


def _duration(value: Any) -> Duration:
    """`12 months` -> Duration(12, 0). Raises Refusal when it is no length of time."""
    remedy = "write a number and a unit, like 12 months; the units are days, weeks, months and years"
    found = re.fullmatch("([0-9]{1,4}) (day|week|month|year)s?", value) if isinstance(value, str) else None
    if not found:
        raise Refusal(f"{in_words(value)} is not a length of time", remedy)
    count, unit = int(found[1]), found[2]
    if unit in ("day", "week"):
        duration = Duration(0, count * (7 if unit == "week" else 1))
    else:
        duration = Duration(count * (12 if unit == "year" else 1), 0)
    if not 1 <= duration.days + duration.months * 31 <= DURATION_DAYS_MAX:
        raise Refusal(f"{value} is not between 1 day and 50 years", "choose a length in between")
    return duration


def _window(value: Any) -> Window:
    """`rolling 90 days` -> Window(ROLLING, 90). Raises Refusal when it is no window."""
    if value == "lifetime":
        return Window(WindowKind.LIFETIME, 0)
    if not isinstance(value, str):
        raise Refusal(f"{in_words(value)} is not a window", _WINDOWS)
    if calendar := re.fullmatch("calendar (month|quarter|half|year)", value):
        return Window(WindowKind(calendar[1]), 0)
    if rolling := re.fullmatch("rolling ([0-9]{1,9}) days?", value):
        if 1 <= (days := int(rolling[1])) <= ROLLING_DAYS_MAX:
            return Window(WindowKind.ROLLING, days)
        raise Refusal(
            f"a rolling window has 1 to {ROLLING_DAYS_MAX} days, not {days}", "choose a length in between"
        )
    if value in ("anniversary", "since_tier_start", "cycle", "now"):
        return Window(WindowKind(value), 0)
    raise Refusal(f"{in_words(value)} is not a window", _WINDOWS)


_WINDOWS = (
    "use `lifetime`, `rolling N days`, `calendar month|quarter|half|year`, "
    "`anniversary`, `since_tier_start`, `cycle` or `now`"
)
_WINDOW_PATTERN = (
    "^(lifetime|rolling [0-9]{1,3} days?|calendar (month|quarter|half|year)"
    "|anniversary|since_tier_start|cycle|now)$"
)


def _percent(value: Any) -> int:
    """`80 %` -> 80. Raises Refusal when it is no percentage from 1 to 100."""
    found = re.fullmatch("([0-9]{1,3}) ?%", value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= 100:
        raise Refusal(f"{in_words(value)} is not a percentage", "write one from 1 % to 100 %, such as `80 %`")
    return int(found[1])


def _number_schema(
    minimum: int | None = None, above: int | None = None, below: int | None = None
) -> WithJsonSchema:
    bounds = {"minimum": minimum, "exclusiveMinimum": above, "exclusiveMaximum": below}
    return WithJsonSchema(
        {"type": "number"} | {key: bound for key, bound in bounds.items() if bound is not None}
    )


OnOff = Literal["on", "off"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Text], Field(min_length=1, max_length=10_000)]
Money = Annotated[Decimal, BeforeValidator(exact), Field(gt=0, le=AMOUNT_MAX), _number_schema(above=0)]
Times = Annotated[
    Decimal, BeforeValidator(exact), Field(ge=1, le=100, decimal_places=6), _number_schema(minimum=1)
]
Positive = Annotated[
    Decimal, BeforeValidator(exact), Field(gt=0, le=3650, decimal_places=6), _number_schema(above=0)
]
Share = Annotated[
    Decimal, BeforeValidator(exact), Field(gt=0, lt=1, decimal_places=6), _number_schema(above=0, below=1)
]
Parameter = Annotated[
    Decimal, BeforeValidator(exact), Field(gt=0, le=10_000, decimal_places=9), _number_schema(above=0)
]
Count = Annotated[int, Field(ge=1, le=POINTS_MAX)]
Percent = Annotated[
    int, BeforeValidator(_percent), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,3} ?%$"})
]
WindowText = Annotated[
    Window, BeforeValidator(_window), WithJsonSchema({"type": "string", "pattern": _WINDOW_PATTERN})
]
DurationText = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,4} (day|week|month|year)s?$"}),
]
