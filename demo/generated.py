"""What the CDNOW file does not have: engagements and refunds, drawn from a fixed seed.

Everything made here carries the source `generated`, so that no reader takes it for real.
"""

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import NamedTuple

REFUND_SHARE = 0.03
REFUND_WITHIN_DAYS = 60
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
SOURCE = "generated"


class Draft(NamedTuple):
    """An event before it has bytes; `at_ms` is both when it happened and when it is recorded."""

    at_ms: int
    role: str
    source: str
    id: str
    type: str
    customer: str
    data: dict[str, object]


def engagements(purchases: list[Draft], seed: int, end_ms: int) -> list[Draft]:
    """Sign-ups, reviews, shares, check-ins and log-ins of the customers in `purchases`, all before `end_ms`.

    Some are made to be refused points: too short a text, too many on a day, a kind without a rule.
    """
    chance = Random(f"{seed}:engagements")
    numbers = count(1)
    firsts = {p.customer: p for p in reversed(purchases)}
    happenings = [h for first in firsts.values() for h in of_customer(chance, first)]
    happenings += [h for purchase in purchases for h in of_order(chance, purchase)]
    return [
        Draft(at, "engagements", SOURCE, f"e-{next(numbers)}", f"engagement.{kind}", customer, data)
        for at, kind, customer, data in happenings
        if at < end_ms - HOUR_MS
    ]


Happening = tuple[int, str, str, dict[str, object]]


def of_customer(chance: Random, first: Draft) -> Iterator[Happening]:
    """What a customer does around and after the first purchase: sign up, check in, log in."""
    if chance.random() < 0.6:
        yield first.at_ms + chance.randint(-20, 20) * MINUTE_MS + 1, "signup", first.customer, {}
    if chance.random() < 0.05:
        for _ in range(chance.randint(1, 8)):
            at_ms = first.at_ms + chance.randrange(120 * DAY_MS)
            yield at_ms, "checkin", first.customer, {}
            if chance.random() < 0.3:
                yield at_ms + chance.randrange(HOUR_MS, 6 * HOUR_MS), "checkin", first.customer, {}
    if chance.random() < 0.1:
        yield first.at_ms + chance.randrange(90 * DAY_MS), "login", first.customer, {}


def of_order(chance: Random, purchase: Draft) -> Iterator[Happening]:
    """What may follow an order: a review (one in ten too short), a burst of shares."""
    ref_id = purchase.data["order_id"]
    if chance.random() < 0.08:
        text_len = chance.randrange(10) if chance.random() < 0.1 else chance.randrange(10, 600)
        at_ms = purchase.at_ms + chance.randrange(HOUR_MS, 21 * DAY_MS)
        yield at_ms, "review", purchase.customer, {"ref_id": ref_id, "text_len": text_len}
    if chance.random() < 0.02:
        at_ms = purchase.at_ms + chance.randrange(HOUR_MS, 3 * DAY_MS)
        for burst in range(chance.choice((1, 1, 2, 3, 5))):
            yield at_ms + burst * MINUTE_MS, "share", purchase.customer, {"ref_id": ref_id}


def refunds(purchases: list[Draft], seed: int, end_ms: int) -> list[Draft]:
    """Refunds of 3 % of the orders, within 60 days and before `end_ms`, whole and in part.

    Free orders are not refunded. A few orders are refunded twice, at last for all that is left or more.
    """
    chance = Random(f"{seed}:refunds")
    latest = end_ms - HOUR_MS
    paid = [p for p in purchases if paid_minor(p) and p.at_ms < latest - HOUR_MS]
    numbers = count(1)
    drafts = []
    for purchase in chance.sample(paid, round(len(purchases) * REFUND_SHARE)):
        until_ms = min(latest, purchase.at_ms + REFUND_WITHIN_DAYS * DAY_MS)
        at_ms = chance.randrange(purchase.at_ms + MINUTE_MS, until_ms)
        name, part = part_returned(chance, purchase)
        drafts.append(refund(purchase, at_ms, next(numbers), part))
        if name == "part" and chance.random() < 0.2:
            rest = chance.choice(({}, {"amount": paid_minor(purchase)}, {"lines": [units_again(purchase)]}))
            drafts.append(refund(purchase, chance.randrange(at_ms + 1, until_ms + 1), next(numbers), rest))
    return drafts


def part_returned(chance: Random, purchase: Draft) -> tuple[str, dict[str, object]]:
    """("whole" or "part", what the refund says): {} cancels the order, else `amount` or `lines`."""
    paid, units = paid_minor(purchase), units_of(purchase)
    some = chance.randint(1, max(1, paid - 1))
    forms: list[tuple[str, dict[str, object]]] = [
        ("whole", {}),
        ("whole", {"amount": paid}),
        ("whole", {"lines": [{"line_id": "1"}]}),
        ("part", {"amount": some}),
        ("part", {"lines": [{"line_id": "1", "amount": some}]}),
    ]
    if units > 1:
        forms += 3 * [("part", {"lines": [{"line_id": "1", "qty": chance.randrange(1, units)}]})]
    return chance.choice(forms)


def units_again(purchase: Draft) -> dict[str, object]:
    """All units of the order's line, though some or some money came back before."""
    return {"line_id": "1", "qty": units_of(purchase)}


def refund(purchase: Draft, at_ms: int, number: int, part: dict[str, object]) -> Draft:
    """The event that returns `part` of an order: a cancellation when `part` is empty."""
    order: dict[str, object] = {"order_id": purchase.data["order_id"]}
    kind = "purchase.refunded" if part else "purchase.cancelled"
    data = {"refund_id": f"r-{number}", **order, **part} if part else order
    return Draft(at_ms, "purchases", SOURCE, f"r-{number}", kind, purchase.customer, data)


def units_of(purchase: Draft) -> int:
    """How many discs the order says it has; 1 when it is a bare amount."""
    return sum(line["qty"] for line in purchase.data.get("lines", ())) or 1


def paid_minor(purchase: Draft) -> int:
    """The order's money in cents."""
    if "amount" in purchase.data:
        return purchase.data["amount"]
    return sum(line["unit_price"] * line["qty"] for line in purchase.data["lines"])
