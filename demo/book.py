"""The demo's rulebook file, and what it says as plain values."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

BOOK_FILE = Path(__file__).parent.parent / "rules" / "programs" / "record_shop.yaml"


def plain_book(path: Path = BOOK_FILE) -> dict[str, Any]:
    """The file as nested dicts and lists with every scalar as text, exactly as written."""
    return YAML(typ="base", pure=True).load(path)
