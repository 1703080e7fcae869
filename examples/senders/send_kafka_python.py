"""Sends one purchase with kafka-python, which places keys as Java does."""

import json
import sys
from datetime import UTC, datetime

from kafka import KafkaProducer

servers, customer = sys.argv[1:3]
event = {
    "specversion": "1.0",
    "type": "purchase.completed",
    "source": "till-python",  # Who sends; ids are unique within it.
    "id": f"receipt-{customer}",  # The same event has the same id, however often it is sent.
    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
    "subject": customer,  # The record's key, too.
    "data": {"order_id": f"order-{customer}", "currency": "CNY", "amount": 12990},  # 129.90
}
producer = KafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
sent = producer.send("loyalty.purchases", key=customer.encode(), value=json.dumps(event).encode())
print("partition", sent.get(timeout=30).partition)
producer.close()
