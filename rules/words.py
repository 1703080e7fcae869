"""Small words for whoever puts a rulebook into sentences."""


def plural(count: str, noun: str) -> str:
    """The count with its noun: "1 point", "20 points"."""
    return f"{count} {noun}" if count == "1" else f"{count} {noun}s"
