"""The plain job on Quix Streams, exactly once. Arguments: bootstrap input output app folder."""

import sys
from typing import Any

from quixstreams import Application, State

from benchmarks.peers.job import step


def answers(purchase: dict[str, Any], state: State) -> list[dict[str, Any]]:
    """What the purchase causes; the customer's state is read and written."""
    customer = state.get("customer") or {}
    found = step(customer, purchase)
    state.set("customer", customer)
    return found


def main(bootstrap: str, source: str, sink: str, app: str, folder: str) -> None:
    """Runs until it is ended."""
    application = Application(
        broker_address=bootstrap,
        consumer_group=app,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        state_dir=folder,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 20},
    )
    purchases = application.topic(source, value_deserializer="json", key_deserializer="str")
    output = application.topic(sink, value_serializer="json", key_serializer="str")
    application.dataframe(purchases).apply(answers, stateful=True, expand=True).to_topic(output)
    application.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
