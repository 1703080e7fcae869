"""Dead letters go back to where they came from: byte for byte, once each, all of them or none.

The engine drops an event it has counted, so that sending one again changes nothing. An event that was put
aside again after it was sent again stands twice among the letters; it goes once, with the higher count.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.batches import batches
from agents.commit import TRANSACTION_TIMEOUT_MS
from agents.dlq_choice import Choice, letters
from agents.errors import UserError
from agents.sources import Cluster
from topics.catalogue import Catalogue
from topics.connection import Connection
from topics.letters import Letter

TRIES_MAX = 31


@dataclass
class Plan:
    """What is to be sent, in the order in which it came, and how many letters are not, by why not."""

    letters: list[Letter] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


async def plan(source: Cluster, choice: Choice, limit: int) -> Plan:
    """What the choice comes to. Raises UserError when it is more than `limit` records."""
    newest: dict[bytes, Letter] = {}
    left: Counter[str] = Counter()
    async with aclosing(letters(source)) as found:
        async for letter in found:
            if not choice.takes(letter):
                continue
            if why := _why_not(letter, source.catalogue):
                left[why] += 1
                continue
            known = newest.get(letter.digest)
            left["the same record stands among the letters again"] += known is not None
            if known is None or letter.tries >= known.tries:
                newest[letter.digest] = letter
            if len(newest) > limit:
                raise UserError(
                    f"more than {limit:,} records are meant, and nothing was sent: narrow the choice, "
                    "or raise --limit."
                )
    tired = [digest for digest, letter in newest.items() if letter.tries >= TRIES_MAX]
    for digest in tired:
        del newest[digest]
    left[f"sent again {TRIES_MAX} times already"] += len(tired)
    ordered = sorted(newest.values(), key=lambda each: (each.topic, each.home, each.at))
    return Plan(ordered, +left)


def _why_not(letter: Letter, catalogue: Catalogue) -> str:
    """Why the letter cannot be sent again, in words; "" when it can."""
    if letter.of_timer:
        return "of a timer: there is no record to send"
    if letter.topic not in catalogue.inputs or letter.home >= catalogue.partitions:
        return f"from {letter.topic}:{letter.home}, which is no input of this installation"
    return ""


async def send(connection: Connection, catalogue: Catalogue, chosen: Iterable[Letter]) -> None:
    """Returns when all letters are sent, in one transaction. Raises UserError when none is.

    Two commands at once fence each other: the later one goes through.
    """
    producer = AIOKafkaProducer(
        **connection.options,
        transactional_id=f"{catalogue.app_id}-redrive",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
    )
    places: dict[tuple[str, int], list[Letter]] = defaultdict(list)
    for letter in chosen:
        places[letter.topic, letter.home].append(letter)
    try:
        await producer.start()
        async with producer.transaction():
            for (topic, partition), mine in places.items():
                for batch in batches([each.body for each in mine], [each.recorded_ms for each in mine]):
                    await (await producer.send_batch(batch, topic, partition=partition))
    except KafkaError as error:
        raise UserError(
            f"Kafka did not take the records ({type(error).__name__}), and none was sent: try again."
        ) from None
    finally:
        await producer.stop()
