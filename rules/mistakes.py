"""What a check of a rulebook finds."""

from collections.abc import Iterator, Sequence

from rules.source import Path

Mistake = tuple[Path, str, str]
"""Where it is, what is wrong, what would be right."""


def repeated(
    named: Sequence[tuple[Path, str]], what: str, remedy: str = "give each its own"
) -> Iterator[Mistake]:
    """The second and later uses of a name."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield path, f"{what} {name} is used twice", remedy
        seen.add(name)
