"""Timers of every kind, overdue together after an outage, and a hot key."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from agents.accounts import row_key
from agents.lines import LineRecord
from rules.load import parse_rulebook
from tests.agents.support_events import DAY_MS, RULEBOOK
from tests.agents.support_fold import CATALOGUE, TOPIC, Fold, bought
from topics.catalogue import Role
from topics.instants import format_ms

START_MS = 1_790_000_000_000
ZONES = (None, "Pacific/Kiritimati", "America/New_York")
COMMANDS, ENGAGEMENTS = CATALOGUE.name(Role.COMMANDS), CATALOGUE.name(Role.ENGAGEMENTS)
EVERY_KIND = RULEBOOK.replace(
    "tiers:\n",
    """\
care:
  at: 09:00
  birthday: {points: 5}
referral: {points: 3, after_days: 6}
points:
  pending: {days: 5}
  expiry: {after: 40 days}
  reminders: [7]
tiers:
  validity: {for: 30 days, round: day}
  grace: 10 days
  warnings: [7]
""",
)
KINDS = {
    "points.activated",
    "points.expiring",
    "points.expired",
    "tier.downgrade_warning",
    "tier.grace_started",
    "tier.downgraded",
    "tier.override_released",
    "churn.alert",
    "care.due",
    "points.pending",  # Of days of care and of referrals, whose points wait too.
    "referral.closed",
}


def by_hand(customers: list[str], until_ms: int) -> list[LineRecord]:
    """A command for each customer that lifts them to gold until an instant."""
    made = []
    for number, name in enumerate(customers):
        event = {
            "type": "command.tier.override",
            "source": "desk",
            "id": f"hand-{name}",
            "time": format_ms(START_MS + 60_000).decode(),
            "subject": name,
            "data": {
                "actor": "li.na",
                "tier_set": "main",
                "tier": "gold",
                "mode": "floor",
                "until": format_ms(until_ms + number * DAY_MS // 2).decode(),
            },
        }
        made.append(
            LineRecord(COMMANDS, 0, number, START_MS + 60_000, name.encode(), json.dumps(event).encode())
        )
    return made


def persons(customers: list[str]) -> list[LineRecord]:
    """A birthday for each customer within two months, and for some a friend who refers them."""
    start = datetime.fromtimestamp(START_MS / 1000, UTC)
    made = []
    for number, name in enumerate(customers):
        birthday = f"{start + timedelta(days=number % 60 + 1):%m-%d}"
        told = [("profile.updated", "crm", {"birthday": birthday, "zone": ZONES[number % 3]})]
        if number % 4 == 0:
            told.append(
                ("referral.opened", "/tierline", {"referrer": f"f{number}", "line": [], "hashes": []})
            )
        for kind, source, data in told:
            event = {"type": kind, "source": source, "id": f"{kind}-{name}", "subject": name, "data": data}
            event["time"] = format_ms(START_MS - 60_000).decode()
            topic = COMMANDS if kind == "referral.opened" else ENGAGEMENTS
            value = json.dumps(event).encode()
            made.append(LineRecord(topic, 0, number, START_MS - 60_000, name.encode(), value))
    return made


def shop() -> Fold:
    """Forty customers who bought one after the other, a third of them silver, some gold by hand."""
    fold = Fold(book=parse_rulebook(EVERY_KIND, "the test's rulebook"))
    records: list[LineRecord] = []
    for number in range(40):
        amount = 40_000 if number % 3 == 0 else 10_000
        records += bought([f"c{number:02}"], f"n{number}", START_MS + number * 1_000, number, amount)
    fold.take(persons([f"c{number:02}" for number in range(40)]))
    fold.take(records)
    fold.take(by_hand([f"c{number:02}" for number in range(0, 40, 7)], START_MS + 20 * DAY_MS))
    return fold


def test_overdue_timers_of_every_kind_run_in_due_order_as_of_their_due_instants_across_customers():
    late, live = shop(), shop()
    end_ms, before = START_MS + 90 * DAY_MS, len(late.lines)
    for hour in range(1, 24 * 90 + 1):
        live.take([], START_MS + hour * 3_600_000)
        live.rest()
    late.take([], end_ms)
    late.rest()
    told = late.lines[before:]
    assert {line["type"] for line in told} == KINDS
    waited = [
        line["causationid"].split("|")[1] for line in told
    ]  # What a referral sends has another subject.
    due = list(zip([line["time"] for line in told], waited, strict=True))
    assert due == sorted(due)
    assert len(set(waited)) == 40
    crossed = Counter(one != other for one, other in pairwise(waited))
    assert crossed[True] > crossed[False]  # Customers and kinds are mixed, not one after the other.
    assert told == live.lines[before:]
    assert late.outcome == live.outcome


def test_a_customer_who_fills_a_partition_costs_one_row_a_commit_and_holds_nobody_up():
    names = ["hot" if number % 50 else f"c{number // 50}" for number in range(2_000)]
    records = bought(names, "a", START_MS)
    fold = Fold()
    for at in range(0, len(records), 500):
        work = fold.take(records[at : at + 500])
        assert work is not None
        keys = Counter(key for key, _ in work.changelog)
        assert keys[row_key("hot")] == 1
        assert max(keys.values()) == 1
        told = [line for line in fold.lines if line["type"] == "points.earned"]
        assert [line["subject"] for line in told] == names[: at + 500]  # In the order they came.
    totals = Counter(line["subject"] for line in fold.lines if line["type"] == "points.earned")
    assert (totals["hot"], len(totals)) == (1_960, 41)
    assert all(record.topic == TOPIC for record in records)
    last = [line for line in fold.lines if line["type"] == "points.earned" and line["subject"] == "hot"][-1]
    assert last["data"]["balance"]["active"] == 1_960 * 10
