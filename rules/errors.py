"""What is said to the author of a rulebook that cannot be used."""

from collections.abc import Sequence


class RuleError(Exception):
    """A mistake in a rulebook: str() is one sentence `FILE:LINE: PLACE: what is wrong; what would be right`.

    `line` counts from 1, 0 when the mistake has no line (a file that cannot be read). `others` holds the
    further mistakes of the same file, in the order of their lines.
    """

    def __init__(self, file: str, line: int, place: str, what: str, remedy: str) -> None:
        super().__init__(file, line, place, what, remedy)
        self.file = file
        self.line = line
        self.place = place
        self.what = what
        self.remedy = remedy
        self.others: tuple[RuleError, ...] = ()

    def __str__(self) -> str:
        spot = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (spot, self.place, f"{self.what}; {self.remedy}") if part)

    def all(self) -> tuple["RuleError", ...]:
        """This mistake and the further ones of the same file."""
        return (self, *self.others)


def shortened(text: str) -> str:
    """Text from the file as a message shows it: one line of at most 60 characters."""
    return " ".join(text.split())[:60]


class Refusal(ValueError):
    """A value that a model refuses, in words: what is wrong and what would be right."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


def gathered(mistakes: Sequence[RuleError]) -> RuleError:
    """The first mistake by line, with the rest as its `others`."""
    first, *rest = sorted(mistakes, key=lambda mistake: mistake.line)
    first.others = tuple(rest)
    return first
