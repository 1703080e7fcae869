"""What happens at the shop in one seed: when which record is written where, misplaced ones among them."""

from collections import Counter
from random import Random

from rules.load import parse_rulebook
from tests.agents.support_events import DAY_MS, RULEBOOK, SPAN_DAYS, Sent, Shop
from topics.partitioner import home

END_MS = 1_790_000_000_000
START_MS = END_MS - SPAN_DAYS * DAY_MS
NAMES = 6
STRAYS = 0.08  # Share of the records that may be misplaced without meaning something else.

BOOKS = [
    parse_rulebook(text, "the simulation's rulebook")
    for text in (
        RULEBOOK,
        RULEBOOK.replace("version: 1", "version: 2").replace("at_least: 300", "at_least: 200"),
    )
]


def records(chance: Random, count: int, partitions: int) -> list[tuple[float, int, Sent]]:
    """(how far into the story from 0 to 1, partition, record), in order."""
    shop = Shop(chance, count, END_MS, partitions)
    shop.names = [f"c{number}" for number in range(NAMES)]
    shop.left = {name: {} for name in shop.names}
    sent = shop.records()
    told = Counter(_named(each, '"id": "') for each in sent)
    orders = Counter(_named(each, '"order_id": "') for each in sent)
    story = []
    for number, each in enumerate(sent):
        stays = (
            each.event is None
            or told[_named(each, '"id": "')] > 1
            or orders[_named(each, '"order_id": "')] > 1
        )
        partition = each.partition
        if partition is None:
            partition = home(each.key or b"", partitions)
            if not stays and each.event["type"] == "purchase.completed" and chance.random() < STRAYS:
                partition = (partition + 1) % partitions
        story.append((number / len(sent), partition, each))
    return story


def _named(record: Sent, before: str) -> bytes:
    """What stands in the record's bytes after `before`, up to the next quotation mark."""
    return (record.value or b"").partition(before.encode())[2].partition(b'"')[0]
