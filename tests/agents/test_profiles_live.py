"""On a real broker: the newest profile of a customer tells the whole view, and verify finds the same."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from agents.exits import Exit
from agents.settings import WorkerSettings
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_proof import commits, counts_applied
from tests.agents.support_verify import in_cluster, verify
from tests.agents.worker_kit import until, worker
from topics.catalogue import Role
from topics.instants import format_ms, parse_ms

DEFAULT = Path("rules/programs/default.yaml").read_text()
MODEL = """
  model:
    version: m-1
    r: 0.777
    alpha_weeks: 10.18
    a: 0.1025
    b: 1.4364
    spend: {p: 6.25, q: 3.74, v: 15.44, margin: 0.3, horizon_days: 365}
"""
MORE = """
profiles: on
rfm: {}
tags:
  - {tag: web, dimension: channel, group: channel, when: {fact: usual_channel, is: web}}
strategy:
  actions: [{id: call, offer: care, texts: {zh: 致电问候, en: a call}}]
  rows: [{action: call}]
"""
BOOK = DEFAULT.replace("\nchurn:\n", "\nchurn:" + MODEL) + MORE
BOUGHT, TOLD = "purchase.completed", "profile.updated"
LIFE = [  # When, in UTC; what; its data. Of c42, but for the others' purchases.
    ("2026-01-10 02:00", "engagement.signup", {}),
    ("2026-01-10 02:01", TOLD, {"language": "zh", "birthday": "02-29", "attributes": {"dog": 1}}),
    ("2026-01-10 02:02", "command.consent.set", {"scope": "marketing.sms", "granted": True}),
    *((f"2026-01-1{n} 04:00", BOUGHT, {"order_id": f"o-{n}", "amount": 40_000}) for n in range(1, 5)),
    ("2026-01-14 05:00", "purchase.refunded", {"order_id": "o-4", "refund_id": "r-1", "amount": 10_000}),
    ("2026-01-15 02:00", "command.tag.add", {"tag": "vip", "dimension": "service"}),
    ("2026-01-15 03:00", "engagement.complaint", {"ref_id": "t-7"}),
    ("2026-01-15 04:00", "engagement.ticket_opened", {"ref_id": "t-8"}),
    ("2026-01-15 05:00", "engagement.ticket_resolved", {"ref_id": "t-8"}),
]  # fmt: skip
LAST = ("2026-01-20 04:00", BOUGHT, {"order_id": "o-20", "amount": 1_000})


def at(text: str) -> int:
    """UTC milliseconds."""
    return parse_ms(text.replace(" ", "T") + ":00Z")


async def send(settings: WorkerSettings, customer: str, deeds: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Sends what happens to a customer, each record with its own time."""
    topics = {"purchase": Role.PURCHASES, "command": Role.COMMANDS}
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        for when, kind, told in deeds:
            data = told | ({"actor": "li.na"} if kind.startswith("command.") else {})
            data |= {"currency": "CNY", "channel": "web"} if kind == BOUGHT else {}
            event = {"type": kind, "source": "test", "subject": customer, "data": data}
            event |= {"id": f"{customer}-{when}", "time": format_ms(at(when)).decode()}
            if kind == "time.reached":
                event = {"type": kind, "time": event["time"]}
            topic = settings.catalogue.name(topics.get(kind.partition(".")[0], Role.ENGAGEMENTS))
            topic = settings.catalogue.name(Role.COMMANDS) if kind == "time.reached" else topic
            value, key = json.dumps(event).encode(), customer.encode()
            await producer.send(topic, value, key, timestamp_ms=at(when))
        await producer.flush()
    finally:
        await producer.stop()


async def profiles(settings: WorkerSettings) -> dict[str, dict[str, Any]]:
    """The newest profile of each customer."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.PROFILES))
    return {record.key.decode(): json.loads(record.value) for record in records}


async def left(settings: WorkerSettings) -> int:
    """How many input records are not applied."""
    inputs = [await read_committed(settings.kafka, name) for name in settings.catalogue.inputs]
    return sum(map(len, inputs)) - counts_applied(await commits(settings)).total()


async def lived(settings: WorkerSettings, log: Path) -> dict[str, Any]:
    """The newest profile of c42 after all that happened, with a night between in which scores are made."""
    with worker(settings, log) as process:
        for number in range(20):
            order = {"order_id": f"of-{number}", "amount": 1_000 * number + 500}
            await send(settings, f"other-{number}", [("2026-01-11 03:00", BOUGHT, order)])
        await send(settings, "c42", LIFE)
        await send(settings, "tick", [("2026-01-18 12:00", "time.reached", {})])
        control = settings.catalogue.name(Role.CONTROL)
        await until(lambda: read_committed(settings.kafka, control), bool)
        await until(lambda: left(settings), lambda count: count == 0)  # The scores' cut-offs are in force.
        await send(settings, "c42", [LAST])
        await send(settings, "tick", [("2026-01-20 05:00", "time.reached", {})])
        found = await until(
            lambda: profiles(settings),
            lambda found: found.get("c42", {}).get("orders", [{}])[0].get("order_id") == "o-20",
        )
        assert process.stop() == Exit.STOPPED
    return found["c42"]


def test_the_published_profile_tells_all_there_is_to_know_and_verify_finds_the_same(
    broker, tmp_path, capsys
) -> None:
    book = tmp_path / "book.yaml"
    book.write_text(BOOK)
    settings = installation(broker.bootstrap, tmp_path / "state", clock="log")
    settings = settings.model_copy(update={"rules": book})
    told = asyncio.run(lived(settings, tmp_path / "log"))
    assert (told["customer"], told["rev"], told["computed_ms"]) == ("c42", 13, at(LAST[0]))
    main = told["tiers"]["main"]
    assert (main["tier"], main["name"], main["valid_until_ms"]) == ("silver", "银", at("2027-01-31 16:00"))
    assert main["ahead"] == {
        "tier": "gold",
        "name": "金",
        "percent": 30,
        "missing": {"spend_net over rolling 365 days >= 5000.00 CNY": 500_000 - 151_000},
    }
    # 400.00 four times, the fourth as a silver member and 100.00 of it back, 10.00 more, and 100 for joining.
    points = 3 * 400 + 330 + 11 + 100
    lapse_ms = at("2027-12-31 16:00")
    assert told["wallets"]["points"]["active"] == points
    assert told["wallets"]["points"]["expiring"] == [{"qty": points, "at_ms": lapse_ms}]
    assert told["lifetime"] == {
        "spend_minor": 151_000,
        "orders": 5,
        "purchase_days": 5,
        "qualifying": 1_510,
        "engagement_points": 100,
    }
    assert told["last_purchase_ms"] == at(LAST[0])
    assert told["rhythm"]["expected_gap_days"] == [9 + 2 * 30, 6]
    assert told["rhythm"]["suggested_action"] == "call"
    assert 0 < told["rhythm"]["risk_ppm"] < 100_000 < 900_000 < told["rhythm"]["p_alive_ppm"]
    assert told["rhythm"]["clv_minor"] > 0
    known = {"rfm_r": 5, "rfm_f": 4, "rfm_m": 5, "stage": "active", "value": "high", "open_complaints": 1}
    assert {name: told["facts"].get(name) for name in known} == known
    assert [(tag["tag"], tag["dimension"], tag.get("actor")) for tag in told["tags"]] == [
        ("vip", "service", "li.na"),
        ("web", "channel", None),
    ]
    assert [(each["order_id"], each.get("returned_minor", 0)) for each in told["orders"]] == [
        ("o-20", 0),
        ("o-4", 10_000),
        ("o-3", 0),
    ]
    assert [(each["ref_id"], each.get("closed_ms")) for each in told["tickets"]] == [
        ("t-8", at("2026-01-15 05:00")),
        ("t-7", None),
    ]
    assert told["consents"] == {"marketing.sms": True}
    assert told["person"] == {"attribute.dog": 1, "birthday": "02-29", "language": "zh"}
    code, said = verify(capsys, *in_cluster(settings))
    assert code == 0, said
