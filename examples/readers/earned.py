"""Keeps how many points each customer has ever earned: exactly, though records may be read more than once."""

import asyncio
import json
import sqlite3
import sys

from aiokafka import AIOKafkaConsumer

servers, path = sys.argv[1:3]
base = sqlite3.connect(path)
base.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
base.execute("CREATE TABLE IF NOT EXISTS earned (customer TEXT PRIMARY KEY, points INTEGER)")


def take(record):
    """Books one effect and its id in one transaction; an id that is known is a repeat."""
    headers = dict(record.headers)
    if headers.get("ce_type") != b"points.earned":
        return
    id, customer = headers["ce_id"].decode(), headers["ce_subject"].decode()
    with base:
        if base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id,)).rowcount:
            base.execute(
                "INSERT INTO earned VALUES (?, ?) ON CONFLICT DO UPDATE SET points = points + ?2",
                (customer, json.loads(record.value)["qty"]),
            )


async def main():
    """Reads for ever; the offset is committed after the database has the record, never before."""
    consumer = AIOKafkaConsumer(
        "loyalty.points",
        bootstrap_servers=servers,
        group_id="earned",
        isolation_level="read_committed",  # What a transaction took back never happened.
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        while True:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    take(record)
            await consumer.commit()
    finally:
        await consumer.stop()


asyncio.run(main())
