"""The parts that rulebooks are written with, as the plain values of their files."""

from typing import Any

Keys = dict[str, Any]


def asks(metric: str, window: str, at_least: int) -> Keys:
    """A condition."""
    return {"metric": metric, "window": window, "at_least": at_least}


def level(code: str, entry: Any = None, times: float = 1, **other: Any) -> Keys:
    """A level of a set."""
    keys = {"code": code, "name": code.title(), **other} | ({"multiplier": times} if times != 1 else {})
    return keys | ({"entry": entry} if entry else {})


BASE = {"id": "base", "points": 1, "per": 1}
CHECKIN = {"kind": "checkin", "points": 30}
CHURN = {"population_interval_days": 10, "levels": {"watch": 1.5, "at_risk": 2, "high": 3.5, "lost": 6}}


def book(levels: list[Keys], earn: Keys | None = None, **other: Any) -> Keys:
    """A rulebook's keys; levels are one set named main unless `tiers` is given."""
    keys: Keys = {"programme": "shop", "version": 1, "timezone": "Europe/Paris", "currency": "EUR"}
    return keys | {"earn": {"rules": [BASE]} | (earn or {}), "tiers": {"levels": levels}} | other
