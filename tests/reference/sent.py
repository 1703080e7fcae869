"""A happening on its way to the engine and to the model."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sent:
    """A happening with its envelope, as it reaches the engine at `recorded_ms`."""

    data: Any
    at_ms: int
    recorded_ms: int
    event: str
    source: str = "pos"
    backfill: bool = False
