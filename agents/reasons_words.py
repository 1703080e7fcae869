"""The pieces that sentences about customers are made of: money, instants, numbers by unit, conditions."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, NamedTuple

from agents.reasons_names import NOW, fact_in_words, window_in_chinese
from agents.reasons_said import Said
from rules.compiled import Rulebook
from rules.fact_names import FACTS, FactKind

Data = dict[str, Any]
MILLION: Final = 1_000_000
MONEY_METRIC: Final = "spend_net"
PARCELS_MAX: Final = 3
MOMENT_FIELDS: Final = ("until_ms", "valid_until_ms", "expires_ms")  # When what a message says ends.


class Shop(NamedTuple):
    """How a programme writes money (so many minor digits of a currency) and instants (in its zone)."""

    digits: int
    currency: str = ""
    zone: tzinfo = UTC

    def money(self, minor: int) -> str:
        """An amount, such as 1,234.50 CNY."""
        return f"{Decimal(minor).scaleb(-self.digits):,.{self.digits}f} {self.currency}".rstrip()

    def moment(self, instant_ms: int) -> str:
        """An instant as clocks of the programme show it."""
        return datetime.fromtimestamp(instant_ms / 1000, self.zone).strftime("%Y-%m-%d %H:%M")


def shop_of(book: Rulebook) -> Shop:
    """How the programme of a rulebook writes them."""
    return Shop(book.minor_digits, book.currency, book.zone)


NOTHING: Final = Said("", "")


def joined(parts: Iterable[Said], before: Said = NOTHING) -> Said:
    """The pieces that say something, apart by semicolons, with `before` in front if there are any."""
    kept = [part for part in parts if part.en]
    if not kept:
        return NOTHING
    return Said(before.en + "; ".join(p.en for p in kept), before.zh + "；".join(p.zh for p in kept))


def sentence(*parts: Said) -> Said:
    """The pieces one after the other, as a sentence each."""
    return Said("".join(p.en for p in parts) + ".", "".join(p.zh for p in parts) + "。")


COLON: Final = Said(": ", "：")


def by(data: Data) -> Said:
    """Who did it by hand and why, nothing where nobody did."""
    actor = data.get("by") or {}
    if "actor" not in actor:
        return NOTHING
    second = f" and {data['second_actor']}" if data.get("second_actor") else ""
    second_zh = f"、{data['second_actor']}" if data.get("second_actor") else ""
    why = f": {actor['reason']}" if actor.get("reason") else ""
    return Said(f" by {actor['actor']}{second}{why}", f"（由 {actor['actor']}{second_zh}{why}）")


def number(name: str, value: int, shop: Shop) -> str:
    """A number in the unit of the metric or fact: money, a ratio, or as many as there are."""
    fact = FACTS.get(name)
    if name == MONEY_METRIC or (fact is not None and fact.kind is FactKind.MONEY):
        return shop.money(value)
    if fact is not None and fact.kind is FactKind.RATIO:
        return percent(value) if fact.share else ratio(value)
    return f"{value:,}"


def ratio(ppm: int) -> str:
    """Parts per million as a plain number of two digits at most."""
    return f"{ppm / MILLION:.2f}".rstrip("0").rstrip(".")


def percent(ppm: int) -> str:
    """Parts per million in percent."""
    return f"{ppm / 10_000:.1f} %"


def readings(data: Data, shop: Shop) -> Said:
    """The conditions of a level with their numbers."""
    return joined(_reading(each, shop) for each in data.get("explain", ()))


def _reading(each: Data, shop: Shop) -> Said:
    name, window, sign = fact_in_words(each["metric"]), each["window"], " ≥ " if each["result"] else " < "
    numbers = sign.join(number(each["metric"], each[which], shop) for which in ("value", "threshold"))
    over = "" if each["metric"] == "tenure_days" or window == NOW else f" over {window}"
    return Said(
        f"{name.en}{over}: {numbers}", f"{window_in_chinese(window) if over else ''}{name.zh}：{numbers}"
    )


def missing(data: Data, shop: Shop) -> Said:
    """What is still missing, by the condition as the rulebook writes it."""
    lacking = data.get("missing") or (data.get("next_tier") or {}).get("missing", {})
    found = [f"{number(what.split(' ')[0], gap, shop)} ({what})" for what, gap in lacking.items()]
    return joined((Said(each, each) for each in found), Said("missing: ", "还差："))


def criteria(data: Data, shop: Shop) -> Said:
    """The conditions that decided, as the rulebook writes them, each with what was found."""
    return joined(_criterion(each, shop) for each in data.get("criteria", ()))


def _criterion(each: Data, shop: Shop) -> Said:
    """The number as found, and the condition as the rulebook writes it."""
    value, says = each["value"], each["says"]
    name = fact_in_words(says.split(" ")[0])
    if value is None:
        found = Said("is not known yet", "尚无")
    else:
        shown = number(says.split(" ")[0], value, shop) if isinstance(value, int) else value
        found = Said(f"is {shown}", f"为 {shown}")
    held = Said("", "") if each["holds"] else Said("no longer ", "不再满足 ")
    return Said(f"{name.en} {found.en} ({held.en}{says})", f"{name.zh}{found.zh}（{held.zh}{says}）")


def until(data: Data, shop: Shop) -> Said:
    """Until when it lasts, nothing where it lasts for ever."""
    at_ms = next((data[name] for name in MOMENT_FIELDS if data.get(name)), 0)
    return Said(f", until {shop.moment(at_ms)}", f"，至 {shop.moment(at_ms)}") if at_ms else NOTHING


def lapse(data: Data, shop: Shop) -> Said:
    """How many points lapse when, the next first."""
    known = [each for each in data.get("batches", ()) if each.get("expires_ms")]
    return joined(
        Said(
            f"{b['qty']:,} at {shop.moment(b['expires_ms'])}",
            f"{b['qty']:,} 于 {shop.moment(b['expires_ms'])}",
        )
        for b in known[:PARCELS_MAX]
    )
