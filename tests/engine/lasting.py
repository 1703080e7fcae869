"""Programmes whose levels are reviewed, and a customer who has become gold."""

from typing import Any

from engine.effects import Effect
from engine.outcome import Outcome
from rules.compiled import Rulebook
from tests.engine.programmes import DIAMOND, GOLD, MEMBER, SILVER, Keys, programme
from tests.engine.shop import Shop

YEAR = {"for": "12 months", "round": "month"}
TIER = ("tier.enrolled", "tier.upgraded", "tier.downgraded", "tier.renewed", "tier.grace_started")


def kept(tier: Keys, keep: Any = "80 %") -> Keys:
    """A level with what keeps it."""
    return tier | {"keep": keep}


def reviewed(*levels: Keys, **tiers: Any) -> Rulebook:
    """The programme of the worked examples, or another of its kind."""
    keys = {"validity": YEAR, "grace": "30 days", "downgrade": {"soft_landing": 1}} | tiers
    every = levels or (MEMBER, kept(SILVER), kept(GOLD), kept(DIAMOND))
    return programme(*every, **{key: value for key, value in keys.items() if value is not None})


def golden(at: str = "2026-03-01 10:00", book: Rulebook | None = None, **shop: Any) -> Shop:
    """A customer who became gold on 1 March 2026 at 10:00 by 3,000 in January and 2,500 then."""
    made = Shop(book or reviewed(), **shop)
    made.buy(300000, "2026-01-10 10:00")
    made.buy(250000, at, order="march")
    return made


def changes(effects: list[Effect] | Outcome) -> list[tuple[str, str]]:
    """What was said of levels: the type without `tier.`, and the level."""
    assert isinstance(effects, list)
    said = [effect for effect in effects if effect.type.startswith("tier.")]
    return [(e.type[5:], getattr(e.data, "to_tier", "") or e.data.tier) for e in said]  # type: ignore[union-attr]
