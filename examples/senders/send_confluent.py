"""Sends one purchase with confluent-kafka: any client on librdkafka has to be told the partitioner."""

import json
import sys
from datetime import UTC, datetime

from confluent_kafka import Producer

servers, customer = sys.argv[1:3]
event = {
    "specversion": "1.0",
    "type": "purchase.completed",
    "source": "till-confluent",
    "id": f"receipt-{customer}",
    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
    "subject": customer,
    "data": {"order_id": f"order-{customer}", "currency": "CNY", "amount": 12990},
}
producer = Producer(
    {
        "bootstrap.servers": servers,
        "partitioner": "murmur2_random",  # Else keys go elsewhere than Java, and Tierline, put them.
        "acks": "all",
        "enable.idempotence": True,
    }
)


def told(error, message):
    """Called when the broker has answered."""
    if error is not None:
        sys.exit(str(error))
    print("partition", message.partition())


producer.produce("loyalty.purchases", key=customer, value=json.dumps(event), on_delivery=told)
producer.flush(30)
