"""A random customer's life from a seed: what is sent, when it happened, when it was recorded."""

from collections.abc import Iterator
from random import Random
from typing import Any

from engine.events import (
    Actor,
    Adjust,
    Cancel,
    Delivered,
    Engagement,
    Line,
    Lot,
    Purchase,
    Redeem,
    RedeemReverse,
    Refund,
    RefundLine,
    TierOverride,
    TierRelease,
    Transfer,
    TransferBack,
    TransferIn,
)
from tests.reference.clock import DAY_MS, MINUTE_MS, Clock
from tests.reference.paid import drawn
from tests.reference.sent import Sent
from tests.reference.telling import personal

YEAR_2025_MS = 1_735_689_600_000
BY = Actor("li.na", "service", "asked")
THINGS = ("", "o1/1", "o1/1", "o1/2", "o2", "s/2/1")
WHERE = ("", "web", "app", "shop")


class History:
    """Draws one happening after another; knows what it has sent, nothing of any answer."""

    def __init__(self, keys: dict[str, Any], seed: int) -> None:
        self.keys, self.chance = keys, Random(seed)
        self.clock = Clock(keys["timezone"])
        self.now_ms = YEAR_2025_MS + self.chance.randrange(730 * 24 * 60) * MINUTE_MS
        self.sent: list[Sent] = []
        self.orders: list[Purchase] = []
        self.number = 0
        self.commands = "points" in keys or "wallets" in keys
        self.persons = "care" in keys or "referral" in keys
        self.redemptions: list[str] = []
        tiers = keys["tiers"] if isinstance(keys["tiers"], list) else [keys["tiers"]]
        self.sets = {one.get("id", "main"): [level["code"] for level in one["levels"]] for one in tiers}
        self.lasting = any({"validity", "upgrade", "real_time_downgrade"} & set(one) for one in tiers)
        paces = (3, 12, 40, 90) if self.lasting else (1 / 4, 3, 12, 40)
        self.pace_ms = int(self.chance.choice(paces) * DAY_MS)
        self.money = self.chance.choice((3000, 12000, 40000)) * 10 ** (0 if keys["currency"] != "BHD" else 1)

    def play(self) -> Iterator[Sent | int]:
        """Happenings, and instants up to which time passes with nothing to take."""
        for _ in range(22 if self.lasting else 14):
            self._wait()
            if self.chance.random() < 0.12:
                yield self.now_ms
                continue
            happening = self._again() if self.sent and self.chance.random() < 0.08 else self._new()
            self.sent.append(happening)
            yield happening
        self.now_ms += self.chance.choice((1, 30, 100, 400)) * DAY_MS
        yield self.now_ms

    def _wait(self) -> None:
        kind = self.chance.random()
        if kind < 0.15:
            return
        if kind < 0.25:  # To the very start of a day, or the last instant before it.
            day = self.clock.day(self.now_ms + int(self.chance.random() * self.pace_ms) + DAY_MS)
            self.now_ms = self.clock.midnight(day) - self.chance.choice((0, 1))
            return
        self.now_ms += int(self.chance.random() * 2 * self.pace_ms)

    def _again(self) -> Sent:
        """Something that was sent before, under the same id, rarely with another payload or another id."""
        young = [one for one in self.sent if one.recorded_ms > self.now_ms - 80 * DAY_MS] or self.sent[-1:]
        old = self.chance.choice(young)
        data, event, at_ms = old.data, old.event, old.at_ms
        if self.now_ms - old.recorded_ms > 80 * DAY_MS:
            return self._new()
        match self.chance.randrange(4):
            case 0:
                at_ms += 1
            case 1:
                event = self._name("e")
        return Sent(data, at_ms, self.now_ms, event, old.source, old.backfill)

    def _new(self) -> Sent:
        at_ms = self.now_ms
        late = self.chance.random()
        if late < 0.2:
            at_ms -= int(self.chance.random() * (80 if self.lasting else 20) * DAY_MS)
        elif late < 0.24:
            at_ms -= self.chance.choice((90 * DAY_MS, 90 * DAY_MS + 1, 100 * DAY_MS))
        elif late < 0.27:
            at_ms += self.chance.choice((5 * MINUTE_MS, 5 * MINUTE_MS + 1, MINUTE_MS))
        return Sent(
            self._happening(), at_ms, self.now_ms, self._name("e"), backfill=self.chance.random() < 0.04
        )

    def _happening(self) -> Any:
        if self.persons and self.chance.random() < 0.25:
            return personal(self)
        kinds = [rule["kind"] for rule in self.keys.get("engagement", [])]
        young = [order for order in self.orders if self._age(order) < 380 * DAY_MS]
        if self.commands and self.chance.random() < 0.35:
            return self._command()
        if self.lasting and self.chance.random() < 0.1:
            return self._by_hand()
        roll = self.chance.random()
        if young and roll < 0.3:
            return self._after(self.chance.choice(young))
        if kinds and roll < 0.55:
            return Engagement(
                self.chance.choice([*kinds, "login"]),
                ref_id=self.chance.choice(THINGS),
                text_len=self.chance.choice((0, 9, 10, 50)),
            )
        if roll > 0.985:
            return self.chance.choice((Cancel("none"), Delivered("none"), Refund("r", "none", amount=1)))
        return self._purchase(self._name("o"))

    def _command(self) -> Any:
        chance, qty = self.chance, self.chance.choice((1, 7, 50, self.chance.randrange(1, 400)))
        wallet = chance.choice(["points", *[one["id"] for one in self.keys.get("wallets", [])] * 2, "points"])
        wallet = "moons" if chance.random() < 0.03 else wallet
        match chance.randrange(11):
            case 0 | 1 | 2 | 3:
                name = chance.choice(
                    [*self.redemptions[:1], self._name("d"), self._name("d"), self._name("d")]
                )
                self.redemptions = [*self.redemptions, name][-4:]
                return Redeem(BY, name, qty, wallet)
            case 4 | 5 if self.redemptions:
                return RedeemReverse(
                    BY, chance.choice([*self.redemptions, "none"]), chance.choice((None, None, qty))
                )
            case 6 | 7 | 8:
                sign = chance.choice((1, 1, 1, -1))
                expires_ms = self._midnight(chance.randrange(-3, 60)) if chance.random() < 0.3 else 0
                second = chance.choice(("", "", "li.na", "bo"))
                counts = chance.choice((None, None, None, True, False))
                return Adjust(BY, sign * qty, "goodwill", wallet, expires_ms, second, counts)
            case 9:
                return Transfer(BY, self._name("t"), "c77", qty, wallet)
            case _:
                lots = tuple(
                    Lot(chance.randrange(1, 90), chance.choice((0, self._midnight(chance.randrange(-9, 90)))))
                    for _ in range(chance.randint(1, 2))
                )
                if chance.random() < 0.5 and wallet != "moons":
                    return TransferBack(BY, self._name("t"), "c77", wallet, lots, "not_enrolled")
                return TransferIn(BY, self._name("t"), "c77", wallet, lots)

    def _by_hand(self) -> Any:
        chance = self.chance
        name = chance.choice(sorted(self.sets)) if chance.random() > 0.03 else "none"
        if chance.random() < 0.3:
            return TierRelease(BY, name)
        until_ms = chance.choice(
            (0, self._midnight(chance.randrange(-1, 90)), self.now_ms + chance.randrange(90 * DAY_MS))
        )
        code = chance.choice([*self.sets.get(name, []), "none"])
        return TierOverride(BY, name, code, chance.choice(("floor", "pin")), until_ms)

    def _midnight(self, days: int) -> int:
        return self.clock.midnight(self.clock.day(self.now_ms + days * DAY_MS))

    def _age(self, order: Purchase) -> int:
        first = next(one for one in self.sent if getattr(one.data, "order_id", "") == order.order_id)
        return self.now_ms - first.at_ms

    def _after(self, order: Purchase) -> Any:
        name = order.order_id
        match self.chance.randrange(9):
            case 0:
                return Cancel(name)
            case 1:
                return Delivered(name)
            case 2 | 3:
                return self._purchase(name, order.order_version + self.chance.choice((-1, 0, 1, 1, 2)))
            case 4 | 5:
                return Refund(self._name("r"), name, amount=self._amount())
            case _:
                lines = self.chance.sample(order.lines, self.chance.randint(1, len(order.lines)))
                return Refund(self._name("r"), name, lines=tuple(self._refund_line(one) for one in lines))

    def _refund_line(self, line: Line) -> RefundLine:
        match self.chance.randrange(3):
            case 0:
                return RefundLine(line.line_id)
            case 1:
                return RefundLine(line.line_id, qty=self.chance.randint(1, line.qty + 1))
            case _:
                return RefundLine(line.line_id, amount=self._amount() // 2)

    def _amount(self) -> int:
        return self.chance.choice((0, 1, 99, 100, 10000, *[self.chance.randrange(1, self.money)] * 5))

    def _purchase(self, name: str, version: int = 1) -> Purchase:
        lines = tuple(self._line(str(place)) for place in range(self.chance.choice((1, 1, 1, 2, 3))))
        whole = sum(line.unit_price * line.qty - line.discount for line in lines)
        off = self.chance.choice((0, 0, 0, whole // 7, whole))
        with_points = self.chance.choice((0, 0, (whole - off) // 3, (whole - off) // 3, whole - off))
        foreign = self.chance.random() < 0.1
        currency = self.chance.choice(("JPY", "USD", "BHD")) if foreign else self.keys["currency"]
        order = Purchase(
            name,
            currency,
            lines,
            order_version=max(version, 1),
            order_discount=off + (1 if self.chance.random() < 0.01 else 0),
            points_value=with_points,
            channel=self.chance.choice(WHERE),
            store_id=self.chance.choice(("", "s-1", "s-2", "s-3")),
            fx_rate=self.chance.choice(("0.0469", "7.1025", "133.7", "1", "")) if foreign else "",
            paid_with=drawn(self, with_points),
        )
        self.orders = [one for one in self.orders if one.order_id != name] + [order]
        return order

    def _line(self, name: str) -> Line:
        price, qty = self._amount(), self.chance.choice((1, 1, 1, 2, 3))
        return Line(
            name,
            price,
            qty,
            discount=self.chance.choice((0, 0, 0, price // 3)),
            sku=self.chance.choice(("", "LP-1")),
            category=self.chance.choice(((), ("vinyl",), ("vinyl", "jazz"))),
            brand=self.chance.choice(("", "verve")),
            tags=self.chance.choice(((), ("new",))),
            eligible=self.chance.random() > 0.1,
        )

    def _name(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"
