"""The answer to a command, in one plain sentence."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from aiokafka import ConsumerRecord

from topics.encode import parse_outgoing

# What answers each command when it may be done; `command.rejected` answers any.
ANSWERS = {
    "command.points.redeem": ("points.redeemed", "points.redeem_rejected"),
    "command.points.redeem_reverse": ("points.redeem_reversed",),
    "command.points.adjust": ("points.adjusted",),
    "command.points.transfer": ("points.transferred_out",),
    "command.tier.override": ("tier.override_set",),
    "command.tier.release": ("tier.override_released",),
    "command.consent.set": ("consent.recorded",),
    "command.tag.add": ("tag.added",),
    "command.tag.remove": ("tag.removed",),
    "command.tag.release": ("tag.released",),
}
REFUSALS = ("command.rejected", "points.redeem_rejected", "dead_letter")


class Answer(msgspec.Struct, frozen=True):
    """The effect's type and data, or those of a dead letter; `before`: the command was given before."""

    kind: str
    data: Mapping[str, Any]
    before: bool = False

    @property
    def done(self) -> bool:
        """Whether the command was done."""
        return self.kind not in REFUSALS


def answer_of(record: ConsumerRecord) -> Answer:
    """What a record of an output topic answers."""
    line = parse_outgoing(record.headers, record.value, record.key)
    return Answer(line["type"], line if line["type"] == "dead_letter" else line["data"])


def in_words(answer: Answer, customer: str) -> str:
    """One sentence for a person."""
    data = answer.data
    if answer.kind == "dead_letter":
        return f"Put aside as {data['reason']}: {data['message']}."
    if answer.kind == "command.rejected":
        return f"Rejected ({data['why']}): {data['message']}."
    how = "Done" if answer.done else "Rejected"
    return f"{how} for {customer}: {', '.join([answer.kind, *_numbers(data)])}."


def _numbers(data: Mapping[str, Any]) -> Iterator[str]:
    """What a person wants to know of an effect, each part in words."""
    if "qty" in data:
        yield f"{data['qty']:,} {data.get('wallet', 'points')}"
    for name in ("tier_set", "from", "to", "tier", "mode", "scope", "tag", "dimension", "group"):
        if data.get(name):
            yield f"{name.replace('_', ' ')} {data[name]}"
    if "granted" in data:
        yield "granted" if data["granted"] else "withdrawn"
    for name, value in data.get("balance", {}).items():
        yield f"{value:,} {name}"
    if data.get("why"):
        yield str(data["why"])
