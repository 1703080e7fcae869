"""Plays a history to the engine and to the slow model, and says where they part."""

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from engine.ledger import wallets
from engine.outcome import Duplicate, Rejected
from rules.compiled import Rulebook
from rules.load import parse_rulebook
from tests.engine.shop import Shop
from tests.reference.books import BOOKS
from tests.reference.histories import History
from tests.reference.member import Member
from tests.reference.sent import Sent

HISTORIES = int(os.environ.get("HISTORIES", "10000"))  # In all, shared among the rulebooks.
BLOCK = 250  # Seeds of one test.


def blocks(*names: str) -> Iterator[tuple[str, int, int]]:
    """The seeds to judge of some rulebooks, as (rulebook, first seed, end)."""
    each = -(-HISTORIES // len(BOOKS))
    for name in names:
        yield from ((name, first, min(first + BLOCK, each)) for first in range(0, each, BLOCK))


def judge(name: str, first: int, end: int) -> None:
    """Judges the histories of some seeds. Raises AssertionError with the first history that parts."""
    for seed in range(first, end):
        parted = differences(name, seed)
        again = f"again: .venv/bin/python -m tests.reference {name} {seed}"
        assert not parted, "\n".join([f"rulebook {name}, seed {seed} ({again})", *parted])


@lru_cache
def compiled(name: str) -> Rulebook:
    """The rulebook as the engine reads it."""
    return parse_rulebook(json.dumps(BOOKS[name]), f"the rulebook {name} of the histories")


def differences(name: str, seed: int) -> list[str]:
    """Where the engine and the model part in the history of a seed; nothing when they agree."""
    keys, book = BOOKS[name], compiled(name)
    history = History(keys, seed)
    shop, member = Shop(book, forgetful=seed % 4 == 0), Member(keys, history.now_ms)
    shop.now_ms = history.now_ms
    told: list[str] = []
    for step in history.play():
        told.append(show(step))
        heard, said = len(shop.effects), len(member.said)
        answers = _give(shop, step), _ask(member, step)
        engine = [plainly(effect) for effect in shop.effects[heard:]]
        parted = [f"taken as {answers[0]!r}, by the book {answers[1]!r}"] if answers[0] != answers[1] else []
        parted += compared(engine, member.said[said:])
        parted += [
            f"in set {one.name} {standing(shop, one.name)!r}, by the book {one.shown!r}"
            for one in member.sets
            if standing(shop, one.name) != one.shown
        ]
        parted += [
            f"wallet {name} {held(shop, name)}, by the book {wallet.balance()}"
            for name, wallet in member.wallets.items()
            if held(shop, name) != wallet.balance()
        ]
        if parted:
            return [*told, *parted]
    return []


def compared(engine: list[dict[str, Any]], book: list[dict[str, Any]]) -> list[str]:
    """The effects of one step that differ in what the model says of them; their order does not matter."""
    left = list(engine)
    parted = []
    for wanted in book:
        same = next((one for one in left if _says(one, wanted)), None)
        if same is None:
            parted.append(f"by the book: {wanted}")
        else:
            left.remove(same)
    return parted + [f"the engine: {effect}" for effect in left]


def _says(effect: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether an effect has all the values wanted; what is empty or 0 may be left out."""
    return all((effect[key] == value) if key in effect else not value for key, value in wanted.items())


def held(shop: Shop, name: str) -> dict[str, int]:
    """A wallet's balance; what waits and what is owed only when it is not 0."""
    wallet = dict(wallets(shop.customer)).get(name)
    shown = {key: getattr(wallet, key) if wallet else 0 for key in ("active", "pending", "debt")}
    return {key: value for key, value in shown.items() if value or key == "active"}


def standing(shop: Shop, name: str) -> str:
    """The code of the customer's level in a set, "" before enrolment."""
    held = shop.customer.standings.get(name)
    levels = next(one for one in shop.book.tier_sets if one.id == name).tiers
    return levels[held.rank].code if held else ""


def plainly(effect: Any) -> dict[str, Any]:
    """An effect as plain values."""
    data = msgspec.json.decode(msgspec.json.encode(effect.data))
    if "lots" in data:  # Those of one expiry may lie apart.
        lots: dict[int, int] = {}
        for lot in data["lots"]:
            lots[lot["expires_ms"]] = lots.get(lot["expires_ms"], 0) + lot["qty"]
        data["lots"] = [{"qty": qty, "expires_ms": expires_ms} for expires_ms, qty in lots.items()]
    if effect.type in ("points.earned", "points.pending"):  # A rule alone has all of it.
        whole = data.get("order_points", data["qty"])
        parts = {one["rule"]: one.get("qty", whole) for one in data["rules"]}
        data["rules"] = {rule: qty for rule, qty in parts.items() if qty}
    if effect.type in ("tier.grace_started", "tier.downgrade_warning"):
        data["missing"] = sorted(data["missing"].values())
    return {"type": effect.type, **data}


def show(step: Sent | int) -> str:
    """A step of a history in one line."""
    if isinstance(step, int):
        return f"  time passes to {step}"
    late = step.recorded_ms - step.at_ms
    return f"  at {step.recorded_ms} {step.event} ({late} late{', backfill' * step.backfill}): {step.data}"


def _give(shop: Shop, step: Sent | int) -> str:
    if isinstance(step, int):
        shop.tick(step)
        return ""
    outcome = shop.send(
        step.data,
        step.at_ms,
        event=step.event,
        source=step.source,
        recorded=step.recorded_ms,
        backfill=step.backfill,
    )
    if isinstance(outcome, Duplicate):
        return "repeat"
    return outcome.reason if isinstance(outcome, Rejected) else ""


def _ask(member: Member, step: Sent | int) -> str:
    if isinstance(step, int):
        member.advance(step)
        return ""
    return member.take(step)
