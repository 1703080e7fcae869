"""The plain job as an agent with a table, at least once. Arguments: bootstrap input output app folder."""

import sys

import faust
import orjson

from benchmarks.peers.job import step

PARTITIONS = 4


def application(bootstrap: str, source: str, sink: str, app_id: str, folder: str) -> faust.App:
    """The app: at least once, a table on RocksDB, one event after the other."""
    app = faust.App(
        app_id,
        broker=f"kafka://{bootstrap}",
        store="rocksdb://?driver=rocksdict",
        datadir=folder,
        key_serializer="raw",
        value_serializer="raw",
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        web_enabled=False,
        stream_wait_empty=False,
        producer_linger=0.02,
        consumer_auto_offset_reset="earliest",
    )
    purchases = app.topic(source, key_serializer="raw", value_serializer="raw")
    answers = app.topic(sink, key_serializer="raw", value_serializer="raw")
    customers = app.Table("customers", partitions=PARTITIONS, key_type=bytes, value_type=bytes)

    @app.agent(purchases)
    async def earn(stream: faust.StreamT[bytes]) -> None:
        async for key, value in stream.items():
            raw = customers.get(key)
            customer = orjson.loads(raw) if raw else {}
            found = step(customer, orjson.loads(value))
            customers[key] = orjson.dumps(customer)
            for answer in found:
                await answers.send(key=key, value=orjson.dumps(answer))

    return app


if __name__ == "__main__":
    app = application(*sys.argv[1:])
    sys.argv[1:] = ["worker", "-l", "warn"]
    app.main()
