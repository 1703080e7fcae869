"""Requests to notify on a real broker: told with no new input, once over a kill in their window, verified."""

import asyncio
import json
import signal
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from agents.broker_config import HOST
from agents.exits import Exit
from engine.notice_effects import CAUSES
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.support_api import free_port
from tests.agents.support_verify import in_cluster, verify
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role
from topics.encode import parse_outgoing

BOOK = """
programme: shop
version: 1
timezone: Asia/Shanghai
currency: USD
earn: {rules: [{id: base, points: 1, per: 1}]}
tiers:
  levels:
    - {code: member, name: Member}
    - {code: gold, name: Gold, entry: {metric: spend_net, window: lifetime, at_least: 100}}
notifications:
  languages: [en]
  collapse_seconds: 5
  intents:
    - {id: welcome, on: tier.enrolled, class: transactional, texts: {en: "Welcome, you are {to_name}"}}
    - {id: up, on: tier.upgraded, class: transactional, texts: {en: "You are {to_name}"}}
    - {id: down, on: tier.downgraded, class: transactional, texts: {en: "You are {to_name}"}}
"""


def cancellation(customer: str, order: str) -> tuple[bytes, bytes]:
    """(key, value) of a cancelled order, as of its purchase."""
    event = json.loads(purchases([customer], "x")[0][1])
    event |= {"type": "purchase.cancelled", "id": f"cancel-{order}", "data": {"order_id": order}}
    return customer.encode(), json.dumps(event).encode()


async def told(settings) -> list[dict]:
    """Everything on the notifications topic, as lines."""
    found = await read_committed(settings.kafka, settings.catalogue.name(Role.NOTIFICATIONS))
    return [parse_outgoing(record.headers, record.value, record.key) for record in found]


def counted(settings) -> dict[tuple[str, str], float]:
    """The notices that the worker counted, by class and outcome."""
    with urlopen(f"http://{HOST}:{settings.web_port}/metrics", timeout=20) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [each for family in families for each in family.samples]
    return {
        (each.labels["class"], each.labels["outcome"]): each.value
        for each in samples
        if each.name == "tierline_notices_total"
    }


async def lived(settings, log) -> tuple[list[dict], list[dict[tuple[str, str], float]]]:
    """What two customers are told, one who rises and one who rises and falls, a kill within the window.

    And what the worker counted, before the kill and after it.
    """
    orders = settings.catalogue.name(Role.PURCHASES)
    tiers = settings.catalogue.name(Role.TIERS)
    with worker(settings, log) as process:
        await send(settings.kafka, orders, purchases(["rises", "undone"], "first"))
        await until(lambda: told(settings), lambda lines: len(lines) == 2)
        shown = [await until(lambda: asyncio.to_thread(counted, settings), lambda found: any(found.values()))]
        await send(settings.kafka, orders, purchases(["rises", "undone"], "big", 20_000))
        await send(settings.kafka, orders, [cancellation("undone", "o-big-1")])
        await until(lambda: read_committed(settings.kafka, tiers), lambda found: len(found) == 5)
        process.stop(signal.SIGKILL)
    with worker(settings, log) as process:
        lines = await until(lambda: told(settings), lambda lines: len(lines) >= 4)
        shown.append(
            await until(lambda: asyncio.to_thread(counted, settings), lambda found: sum(found.values()) >= 2)
        )
        assert process.stop() == Exit.STOPPED
    return lines, shown


def test_what_waits_is_told_with_no_new_input_once_over_a_kill_and_verify_finds_the_same(
    broker, tmp_path, capsys
) -> None:
    book = tmp_path / "book.yaml"
    book.write_text(BOOK)
    settings = installation(broker.bootstrap, tmp_path / "state", web_port=free_port())
    settings = settings.model_copy(update={"rules": book})
    lines, shown = asyncio.run(lived(settings, tmp_path / "log"))
    words = [(line["subject"], line["type"], line["data"].get("text", "")) for line in lines]
    assert sorted(words) == [
        ("rises", "notify.requested", "Welcome, you are Member"),
        ("rises", "notify.requested", "You are Gold"),
        ("undone", "notify.requested", "Welcome, you are Member"),
        ("undone", "notify.suppressed", ""),
    ]
    assert len({line["id"] for line in lines}) == len({line["data"]["dedupe_key"] for line in lines}) == 4
    assert all(
        line["causationid"].startswith("timer|") and "|notify|" in line["causationid"] for line in lines
    )
    kinds = ("transactional", "service", "marketing")
    nothing = {(kind, outcome): 0.0 for kind in kinds for outcome in ("requested", *CAUSES)}
    assert shown == [
        nothing | {("transactional", "requested"): 2.0},
        nothing | {("transactional", "requested"): 1.0, ("transactional", "undone"): 1.0},
    ], "each word counted once, by the process that committed it"
    code, said = verify(capsys, *in_cluster(settings))
    assert (code, said.splitlines()[-1]) == (0, "verified 5 events, 14 effects, 0 differences")
