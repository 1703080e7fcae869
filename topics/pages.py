"""docs/topics.md: every topic and message for people, made from the AsyncAPI document."""

import json
from typing import Any

from topics.catalogue import DAY_MS, Catalogue, Topic
from topics.describe import asyncapi

Json = dict[str, Any]

_HEAD = """\
# Topics and events

<!-- Made by `tierline schemas page`; a test holds that it agrees. -->

All keyed topics have the customer id as key and the same number of partitions; a customer's partition is
the key's murmur2 hash ([how to send](sending.md)). `loyalty` is the prefix, which can be changed. Money is
integer minor units, points are integers, times are RFC 3339 or UTC milliseconds (`..._ms`). For tools there
is the same as [AsyncAPI 3.0](asyncapi.yaml), and a JSON Schema of each message below.

**In** come bare JSON as in the examples, structured CloudEvents (the same), or binary CloudEvents, with the
attributes in `ce_` headers and `data` as the value. An event is known by `source` and `id`: sent again, it
counts once.

**Out** go binary CloudEvents: `ce_id`, `ce_type`, `ce_subject` (the customer), `ce_time`, `ce_causationid`
(the event or timer that it comes from), `ce_ruleversion`, and the JSON of the data as the value. Read them
with `read_committed` and drop repeats by `ce_id` ([how to read](reading.md)).
"""
_DIRECTIONS = {"in": "Sent to Tierline", "out": "Sent by Tierline"}


def topics_page() -> str:
    """The whole page, as Markdown."""
    catalogue = Catalogue()
    document = asyncapi(catalogue)
    parts = [_HEAD]
    for direction, title in _DIRECTIONS.items():
        parts.append(f"\n## {title}\n")
        parts += [_topic(topic, document) for topic in catalogue.topics if topic.direction == direction]
    return "".join(parts)


def _topic(topic: Topic, document: Json) -> str:
    names = document["channels"][topic.role.value]["messages"]
    about = f"\n### {topic.name}\n\n{topic.what} {_kept(topic)}\n"
    return about + "".join(_message(document["components"]["messages"][name]) for name in names)


def _kept(topic: Topic) -> str:
    """How long its records are there, in one sentence."""
    if topic.configs["cleanup.policy"] == "compact":
        return "Compacted: the newest record of each key stays."
    kept_ms = int(topic.configs["retention.ms"])
    return "Kept without limit." if kept_ms < 0 else f"Kept for {kept_ms // DAY_MS} days."


def _message(message: Json) -> str:
    name = message["name"]
    links = [f"[schema](schemas/{name}.json)"] if name != "dead-letter" else []
    if message.get("headers"):
        kind = name if name in ("profile", "dead-letter") else "effect"
        links.append(f"[headers](schemas/{kind}.headers.json)")
    summary = message["summary"].replace("\n", " ").strip()
    shown = "".join(_example(example) for example in message.get("examples", ()))
    return f"\n#### {name}\n\n{' '.join(summary.split())} {', '.join(links)}\n{shown}"


def _example(example: Json) -> str:
    """An example as it stands in the topic; of headers, those that vary."""
    text = json.dumps(example["payload"], indent=2, ensure_ascii=False)
    return f"\n```json\n{text}\n```\n"
