"""What becomes of points, in plain words."""

from collections.abc import Iterable
from types import MappingProxyType

from rules.compiled import Rulebook
from rules.facts import MAIN
from rules.values import quoted
from rules.wallets import ON_DELIVERY, Expiry, WalletRule
from rules.words import plural

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_ENDS = MappingProxyType(
    {"day": "", "month": " to the end of that month", "quarter": " to the end of that quarter",
     "year": " to the end of that year"}
)  # fmt: skip


def wallets(rulebook: Rulebook) -> list[str]:
    """The rules of the points, then of every other wallet."""
    lines = _wallet(rulebook.points, "Points")
    for rule in rulebook.wallets.values():
        lines += [f"There is a wallet {rule.id} beside the points.", *_wallet(rule, f"Its {rule.id}")]
    return lines


def _wallet(rule: WalletRule, name: str) -> list[str]:
    lines = [f"{name} {_pending(rule)} and {_expiry(rule)}."]
    if rule.reminders:
        days = [plural(f"{days:,}", "day") for days in rule.reminders]
        lines.append(f"The customer is told {listed(days)} before they lapse.")
    if rule.reinstate_grace_days:
        more = plural(f"{rule.reinstate_grace_days:,}", "more day")
        lines.append(f"What comes back from a redemption after it lapsed lives {more}.")
    elif rule.expiry is not None:
        lines.append("What comes back from a redemption after it lapsed lapses at once.")
    if rule.qualifies_later:
        lines.append("Qualifying points count when the points can be spent.")
    if rule.id == MAIN or rule.debt_max != -1:
        lines.append(_debt(rule.debt_max))
    if rule.adjustments_qualify:
        lines.append("Points by hand count as qualifying points too, unless the command says otherwise.")
    if rule.second_actor_above is not None:
        points = plural(f"{rule.second_actor_above:,}", "point")
        lines.append(f"Adjustments of more than {points} need a second actor.")
    return lines


def _pending(rule: WalletRule) -> str:
    if rule.pending_days == ON_DELIVERY:
        return "can be spent when the order is delivered"
    if rule.pending_days:
        return f"can be spent after {plural(f'{rule.pending_days:,}', 'day')}"
    return "can be spent at once"


def _expiry(rule: WalletRule) -> str:
    expiry = rule.expiry
    if expiry is None:
        return "never lapse"
    start = _start(rule, expiry)
    if expiry.kind == "after":
        return f"live {expiry.length.words()}{start}{_ENDS[expiry.round]}"
    if expiry.kind == "inactivity":
        by = quoted(sorted(expiry.by))
        return f"lapse together {expiry.length.words()}{_ENDS[expiry.round]} after the last {by}"
    month, day = expiry.yearly
    age = f" once they are {expiry.length.words()} old{start}" if any(expiry.length) else ""
    return f"lapse at the end of {day} {_MONTHS[month - 1]}{age}"


def _start(rule: WalletRule, expiry: Expiry) -> str:
    if not rule.pending_days:
        return ""
    return " from then on" if expiry.from_activation else " from earning on"


def _debt(most: int) -> str:
    head = "When a refund asks for points already spent"
    if most < 0:
        return f"{head}, the customer owes them and the next points repay them."
    if most == 0:
        return f"{head}, they are let go."
    return f"{head}, the customer owes at most {plural(f'{most:,}', 'point')}; more are let go."


def listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
