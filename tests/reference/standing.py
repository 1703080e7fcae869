"""What is known of a level: what it was given for, by whose hand, how it was lost."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.reference.clock import Span
from tests.reference.orders import Keys, Order
from tests.reference.qualifying import Counted


@dataclass
class Grant:
    """What a level was given for: the orders and engagements that were there, and the days looked at."""

    condition: Any
    percent: int  # Of each number asked for.
    spans: list[tuple[Keys, Span]]
    orders: list[Order]
    days: set[date]
    engaged: list[tuple[date, int, int]]
    tenure: int
    referrals: list[date]
    counted: list[Counted]


@dataclass
class Override:
    """A level by hand."""

    code: str
    mode: str
    until_ms: int


@dataclass
class Fallen:
    """The last fall at a review, which a late event may undo."""

    code: str
    end_ms: int
    at_ms: int
    began_ms: int
