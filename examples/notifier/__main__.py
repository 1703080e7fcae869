"""Posts what Tierline says to a webhook: `python -m examples.notifier --webhook https://...`.

A record goes into a local file before its offset is committed, and is posted from there: after
`not_before_ms`, until it is delivered, refused, or past `expires_ms`. Kafka's and the webhook's troubles thus
never meet, and a kill at any moment loses nothing. A notice that was posted when the kill came, and not noted
yet, is posted again with the same `Idempotency-Key`: the id of the effect, by which repeats are dropped.

Where Kafka is, and with which login, comes from Tierline's own settings (TIERLINE_KAFKA and the like).
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from agents.errors import UserError
from agents.settings import InstallationSettings, installation_settings
from examples.notifier.deliver import Webhook
from examples.notifier.store import Notice, Store

AT_ONCE = 200
CUSTOMERS_AT_ONCE = 16
IDLE_S = 0.2
ATTRIBUTES = ("id", "type", "subject", "time", "causationid", "ruleversion")
GIVE_UP_MS = 3 * 86_400_000  # For what does not say itself when it expires.
SECRET = "NOTIFIER_SECRET"  # A variable, since command lines can be seen by others.


def now_ms() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def notice_of(record: ConsumerRecord) -> Notice | None:
    """The notice in a record; None for one that asks for none."""
    headers = {name: (value or b"").decode() for name, value in record.headers}
    if "ce_id" not in headers or record.value is None or headers["ce_type"] == "notify.suppressed":
        return None
    data = json.loads(record.value)
    told = {
        name: headers[f"ce_{name}"]
        for name in ("id", "type", "subject", "time", "causationid", "ruleversion")
    }
    body = json.dumps(told | {"data": data}, ensure_ascii=False, separators=(",", ":")).encode()
    return Notice(
        headers["ce_id"], headers["ce_subject"], body, headers.get("traceparent", ""),
        max(data.get("not_before_ms", 0), record.timestamp),
        data.get("expires_ms") or record.timestamp + GIVE_UP_MS,
    )  # fmt: skip


async def take_in(consumer: AIOKafkaConsumer, store: Store, arrived: asyncio.Event) -> None:
    """Moves records into the store for ever; an offset is committed when its record is on the disk."""
    while True:
        fetched = await consumer.getmany(timeout_ms=500)
        notices = [notice for records in fetched.values() for each in records if (notice := notice_of(each))]
        if fetched:
            store.take_in(notices)
            await consumer.commit()
            arrived.set()


async def deliver(webhook: Webhook, store: Store, arrived: asyncio.Event) -> None:
    """Posts what is due for ever: a customer's notices one after the other, those of several at once."""
    while True:
        arrived.clear()
        mine: dict[str, list[Notice]] = defaultdict(list)
        for notice in store.due(now_ms(), AT_ONCE):
            mine[notice.customer].append(notice)
        if not mine:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), IDLE_S)
            continue
        places = asyncio.Semaphore(CUSTOMERS_AT_ONCE)
        await asyncio.gather(*[deliver_to_one(webhook, store, notices, places) for notices in mine.values()])
        store.forget(now_ms())


async def deliver_to_one(
    webhook: Webhook, store: Store, notices: Sequence[Notice], places: asyncio.Semaphore
) -> None:
    """Posts one customer's notices in order; stops at one that has to be tried again."""
    async with places:
        for notice in notices:
            if notice.expires_ms <= now_ms():
                store.ended(notice, "expired", "", now_ms())
                continue
            answer = await webhook.post(notice)
            if answer.state == "again":
                store.again(notice, answer.said, now_ms() + int(answer.pause_s * 1000))
                return
            store.ended(notice, answer.state, answer.said, now_ms())


async def run(args: Namespace, settings: InstallationSettings) -> None:
    """Works until SIGTERM or SIGINT."""
    store, arrived, stop = Store(args.store), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    consumer = AIOKafkaConsumer(
        *(f"{settings.prefix}.{name}" for name in args.topics),
        group_id=args.group,
        isolation_level="read_committed",  # What a transaction took back was never said.
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=10_000,
        **settings.connection.options,
    )
    async with aiohttp.ClientSession() as session:
        webhook = Webhook(session, args.webhook, os.environ.get(SECRET, ""), args.timeout)
        await consumer.start()
        try:
            work = [take_in(consumer, store, arrived), deliver(webhook, store, arrived), stop.wait()]
            tasks = [asyncio.ensure_future(each) for each in work]
            done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            await consumer.stop()
    print(f"notifier: stopped; {store.counts()}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; a mistake is one sentence."""
    parser = ArgumentParser(
        prog="python -m examples.notifier", description="Posts what Tierline says to a webhook."
    )
    add: Any = parser.add_argument
    add("--webhook", required=True, metavar="URL", help="where to post to")
    add(
        "--topics",
        nargs="+",
        default=["notifications"],
        help="topics without the prefix (notifications)",
    )
    add(
        "--store",
        type=Path,
        default=Path("notifier.db"),
        metavar="FILE",
        help="what waits and what is done",
    )
    add("--group", default="tierline-notifier", metavar="NAME", help="the consumer group (tierline-notifier)")
    add("--timeout", type=float, default=10.0, metavar="SECONDS", help="for one answer of the webhook (10)")
    args = parser.parse_args(argv)
    try:
        asyncio.run(run(args, installation_settings()))
    except UserError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return error.exit_code
    except KafkaError as error:
        print(f"notifier: Kafka ended it ({error}); start it again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
