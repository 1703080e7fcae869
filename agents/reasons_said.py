"""A sentence, or a piece of one, in both languages."""

from typing import NamedTuple


class Said(NamedTuple):
    """English and Chinese."""

    en: str
    zh: str
