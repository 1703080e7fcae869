"""What a run sends, in the order of its records: effects, dead letters, and records that belong elsewhere."""

from collections.abc import Iterator, Sequence
from typing import Final

from agents.flow import TIMERS
from agents.work import Record, Run
from engine.effects import Effect, Parked
from engine.outcome import Rejected
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role
from topics.encode import Outgoing, dead_letter, encode_effect, topic_of
from topics.framing import body_of, opened
from topics.partitioner import home

AT_ONCE: Final = 256  # Records decoded and applied together: what they touch stays in the processor's cache.
_OWN: Final = Role.COMMANDS  # What goes there is for another customer, who may live elsewhere.


def by_key(records: Sequence[Record]) -> dict[bytes | None, list[int]]:
    """The places of the records of each key, in order."""
    places: dict[bytes | None, list[int]] = {}
    for at, record in enumerate(records):
        mine = places.get(record.key)
        if mine is None:
            places[record.key] = [at]
        else:
            mine.append(at)
    return places


def by_customer(places: dict[bytes | None, list[int]]) -> Iterator[list[int]]:
    """The places of records, those of a customer together and in order, about `AT_ONCE` at a time."""
    some: list[int] = []
    for mine in places.values():
        some += mine
        if len(some) >= AT_ONCE:
            yield some
            some = []
    if some:
        yield some


class Outbox:
    """Puts what one partition sends among the outputs of a run."""

    def __init__(self, number: int, catalogue: Catalogue) -> None:
        self.number = number
        self.partitions = catalogue.partitions
        self.names = {role: catalogue.name(role) for role in Role}

    def add(self, run: Run, effects: list[Effect]) -> None:
        """Sends effects."""
        run.flow.sent(effects)
        for effect in effects:
            role, body = encode_effect(effect)
            if role is Role.DEAD_LETTERS:
                assert isinstance(effect.data, Parked)
                run.flow.buried(topic_of(effect.data.record), effect.data.reason)
            where = self.number if role is not _OWN else home(effect.customer.encode(), self.partitions)
            run.outputs.append((self.names[role], where, body, run.now_ms))

    def publish(self, run: Run, effect: Effect) -> None:
        """Sends an effect that is of no customer, to a topic of one partition."""
        role, body = encode_effect(effect)
        run.outputs.append((self.names[role], 0, body, run.now_ms))

    def forward(self, run: Run, record: Record) -> None:
        """Sends a record that another partitioner misplaced to where its customer lives."""
        assert record.key is not None
        where = home(record.key, self.partitions)
        body = body_of(record.key, record.value, record.headers)
        run.outputs.append((record.topic, where, body, record.timestamp))
        run.flow.outcome(record.topic, "forwarded")

    def bury(self, run: Run, record: Record, reason: str, message: str) -> None:
        """Sends an input record that cannot be applied to the dead letters."""
        run.flow.outcome(record.topic, "dead_letter")
        run.flow.buried(record.topic, reason)
        letter = dead_letter(
            record.topic, record.partition, record.offset, record.timestamp,
            record.key, record.value, record.headers, reason, message,
        )  # fmt: skip
        self.send(run, letter)

    def bury_timer(self, run: Run, customer: str, kind: str, due_ms: int, why: Rejected) -> None:
        """Sends a timer that cannot be fired to the dead letters."""
        where = f"timer|{kind}"
        key = customer.encode()
        self.send(run, dead_letter(where, self.number, 0, due_ms, key, None, (), why.reason, why.message))
        run.flow.buried(TIMERS, why.reason)

    def send(self, run: Run, out: Outgoing) -> None:
        """Sends a record that is encoded already."""
        role, body = out
        where = self.number if role is not _OWN else home(opened(body)[0] or b"", self.partitions)
        run.outputs.append((self.names[role], where, body, run.now_ms))

    def announce(self, run: Run, book: Rulebook) -> None:
        """Publishes a rulebook's text, which this partition meets for the first time."""
        body = body_of(book.digest.encode(), book.text.encode())
        run.outputs.append((self.names[Role.RULEBOOKS], 0, body, run.now_ms))
