"""A second opinion: every customer counted again from the records, sharing no code with the engine."""

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import orjson

exact = cache(Fraction)  # Of the rulebook's texts, over and over.


class Member:
    """One customer, taken through the events in order."""

    def __init__(self, book):
        (base,), self.zone = book["earn"]["rules"], ZoneInfo(book["timezone"])
        self.rate = exact(base["points"]) / (exact(base["per"]) * 100)
        self.levels, self.churn = book["tiers"]["levels"], book["churn"]
        self.rules = {"engagement." + rule["kind"]: rule for rule in book["engagement"]}
        self.rank, self.issued, self.clawed, self.days, self.due, self.alerts = -1, 0, 0, [], {}, []
        self.seen, self.orders, self.grants, self.used = {}, {}, {}, Counter()

    def take(self, key, event):
        """Why the event does not count, "" when it does."""
        kind, data, at = event["type"], event["data"], datetime.fromisoformat(event["time"])
        if event["subject"].encode() != key:
            return "no_customer"
        if not isinstance(data.get("amount", 0), int):
            return "schema"
        returns, order = kind in ("purchase.refunded", "purchase.cancelled"), data.get("order_id")
        if (event["source"], event["id"]) in self.seen or (order in self.orders and not returns):
            return "duplicate"
        if returns and order not in self.orders:
            return "unknown_order"
        self.seen[event["source"], event["id"]] = at
        self.today = at.astimezone(self.zone).toordinal()
        if returns:
            self.give_back(self.orders[order], *data.get("lines", [data]))
        elif kind == "purchase.completed":
            self.buy(order, at, *data.get("lines", [{"unit_price": data.get("amount")}]))
        else:
            self.engage(kind, self.rules.get(kind), data)
        for rank in range(self.rank + 1, len(self.levels)):
            self.rank = rank if self.grant(rank) else self.rank
        return ""

    def buy(self, name, at, line):
        paid, times = line["unit_price"] * line.get("qty", 1), self.levels[max(self.rank, 0)]["multiplier"]
        order = SimpleNamespace(paid=paid, left=paid, units=line.get("qty", 1), back=0, kept=True)
        order.number, order.day, order.rate = len(self.seen), self.today, self.rate * exact(times)
        order.points = math.floor(paid * order.rate)
        self.orders[name], self.issued = order, self.issued + order.points
        self.raise_alerts(at - timedelta(milliseconds=1))
        self.days += [self.today] * (self.today not in self.days[-1:])
        usual, day_ms = exact(self.churn["population_interval_days"]), 86_400_000
        expected_ms = day_ms * (self.days[-1] - self.days[0] + 2 * usual) / (len(self.days) + 1)
        least_ms = day_ms * exact(self.churn["minimum_days"])
        gaps = [(max(least_ms, exact(x) * expected_ms), level) for level, x in self.churn["levels"].items()]
        self.due = {at + timedelta(milliseconds=math.ceil(gap_ms)): level for gap_ms, level in gaps}

    def engage(self, kind, rule, data):
        if rule and data.get("text_len", 0) >= int(rule.get("min_text_len", 0)):
            periods = {"day": self.today, "week": (self.today - 1) // 7, "lifetime": 0}
            self.used[used := (kind, periods[rule["cap"]["per"]])] += 1
            self.issued += int(rule["points"]) * (self.used[used] <= int(rule["cap"]["count"]))

    def give_back(self, order, part):
        before, money = order.left, part.get("amount", order.left)
        if "qty" in part:
            units = min(order.units, order.back + part["qty"])
            money = order.paid * units // order.units - order.paid * order.back // order.units
            order.back = units
        order.left = max(0, before - money)
        points = min(order.points, math.floor(order.left * order.rate))
        self.clawed, order.points = self.clawed + order.points - points, points
        gone, order.kept = order.kept and not order.left, order.left > 0
        day_gone = gone and not any(o.kept and o.day == order.day for o in self.orders.values())
        lost = {"spend_net": before - order.left, "purchase_days": int(day_gone)}
        for reading in [reading for readings in self.grants.values() for reading in readings]:
            if reading.number >= order.number and reading.first <= order.day:
                reading.value -= lost[reading.metric]
        while broken(self.grants.get(self.rank)) and not self.grant(self.rank):
            self.grants.pop(self.rank, None)
            self.rank -= 1

    def grant(self, rank):
        """Whether the tier's entry holds today; if so, what it holds by is kept."""
        readings = [self.read(leaf) for leaf in self.levels[rank].get("entry", ())]
        if not broken(readings):
            self.grants[rank] = readings
        return not broken(readings)

    def read(self, leaf):
        metric, first = leaf["metric"], self.today + 1 - int(leaf["window"].split()[1])  # rolling N days
        kept = [o for o in self.orders.values() if o.kept and first <= o.day <= self.today]
        values = {"spend_net": sum(o.left for o in kept), "purchase_days": len({o.day for o in kept})}
        least, value = int(exact(leaf["at_least"]) * (100 if metric == "spend_net" else 1)), values[metric]
        return SimpleNamespace(metric=metric, value=value, least=least, first=first, number=len(self.seen))

    def raise_alerts(self, until):
        for at in sorted(due for due in self.due if due <= until):
            self.alerts.append((self.due.pop(at), str(at.astimezone(self.zone).date())))


def broken(readings):
    return readings is None or any(reading.value < reading.least for reading in readings)


def heard(outputs, zone):
    """Points issued and clawed back, tier and alerts of each customer; the dead letters by reason."""
    told, dead = defaultdict(lambda: [0, 0, "", []]), Counter()
    for out in outputs:
        if out["type"] == "dead_letter":
            dead[out["reason"]] += 1
        elif out["type"].startswith("points."):
            told[out["subject"]][out["type"] == "points.clawed_back"] += out["data"]["qty"]
        elif out["type"].startswith("tier."):
            told[out["subject"]][2] = out["data"]["to"]
        elif out["type"] == "churn.alert":
            day = datetime.fromtimestamp(out["data"]["crossed_ms"] / 1000, zone).date()
            told[out["subject"]][3].append((out["data"]["level"], str(day)))
    return told, dead


def recount(book, records, outputs, say=print):
    """Whether `outputs` tell of each customer what (key, value) `records` come to under `book`, the YAML."""
    members, dropped = defaultdict(lambda: Member(book)), Counter()
    for key, value in records:
        try:
            event = orjson.loads(value)
        except orjson.JSONDecodeError:
            dropped["schema" if value is None else "bad_json"] += 1
            continue
        if event["type"] == "time.reached":
            for member in members.values():
                member.raise_alerts(datetime.fromisoformat(event["time"]))
        else:
            dropped[members[event["subject"]].take(key, event)] += 1
    say(f"recount: {dropped.pop('', 0):,} events counted, {dropped.pop('duplicate', 0):,} repeats dropped")
    codes = [level["code"] for level in book["tiers"]["levels"]]
    counted = {n: [m.issued, m.clawed, codes[m.rank], m.alerts] for n, m in members.items() if m.seen}
    agreed, (told, dead) = f"{len(counted):,} customers agree", heard(outputs, ZoneInfo(book["timezone"]))
    told["dead letters"], counted["dead letters"] = dead, dropped
    wrong = next((name for name in sorted(told | counted) if told.get(name) != counted.get(name)), "")
    say(f"recount: {f'{wrong}: told {told.get(wrong)}, counted {counted.get(wrong)}' if wrong else agreed}")
    return not wrong
