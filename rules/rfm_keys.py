"""The section `rfm`: scores of recency, frequency and money."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from rules.compiled import RfmRule
from rules.keys import Keys
from rules.mistakes import Mistake
from rules.words import plural

if TYPE_CHECKING:
    from rules.book import Book

Days = Annotated[int, Field(ge=1, le=400)]


class RfmKeys(Keys):
    """Scores 1 to 5 of how lately, how often and for how much a customer bought, 5 the best."""

    window_days: int = Field(
        365, ge=30, le=400, description="How many local days purchases count for.", examples=[365]
    )
    frequency: Annotated[list[Days], Field(min_length=4, max_length=4)] = Field(
        [2, 3, 5, 10],
        description="From how many purchase days on frequency scores 2, 3, 4 and 5; they rise.",
        examples=[[2, 3, 5, 10]],
    )
    hysteresis_percent: int = Field(
        2,
        ge=0,
        le=20,
        description="A score changes only when its cut-off is passed by so much.",
        examples=[2],
    )
    rescore_days: int = Field(
        7,
        ge=1,
        le=31,
        description="After so many days at the latest a customer is scored by the newest cut-offs.",
        examples=[7],
    )

    def compiled(self) -> RfmRule:
        """The section as the engine reads it."""
        second, third, fourth, fifth = self.frequency
        return RfmRule(
            self.window_days, (second, third, fourth, fifth), self.hysteresis_percent, self.rescore_days
        )


def rfm_mistakes(book: "Book") -> Iterator[Mistake]:
    """Steps of frequency that do not rise, or that nobody can reach."""
    if book.rfm is None:
        return
    for at, (low, high) in enumerate(pairwise(book.rfm.frequency), 1):
        if high <= low:
            yield (
                ("rfm", "frequency", at),
                f"{high} is not above the {low} before it",
                f"write more than {low}",
            )
    if book.rfm.frequency[3] > book.rfm.window_days:
        what = f"nobody buys on {book.rfm.frequency[3]} of {book.rfm.window_days} days"
        yield ("rfm", "frequency", 3), what, f"write at most {book.rfm.window_days}"


def rfm_summary(rule: RfmRule | None) -> list[str]:
    """The section in plain words; nothing when there is none."""
    if rule is None:
        return []
    second, third, fourth, fifth = rule.frequency
    return [
        "Customers are scored from 1 to 5 by how lately, how often and for how much they bought "
        f"within {plural(str(rule.window_days), 'day')}.",
        f"How often: 2 from {plural(str(second), 'purchase day')} on, 3 from {third}, 4 from {fourth}, "
        f"5 from {fifth}.",
        "How lately and for how much: by the fifths of all customers who bought, seen anew every night.",
        f"A score changes when its cut-off is passed by {rule.hysteresis} %, "
        f"and is seen anew after {plural(str(rule.rescore_days), 'day')} at the latest.",
    ]
