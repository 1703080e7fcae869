"""Which dead letters are meant: by reason, event, customer, topic or time."""

from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents.errors import UserError
from agents.sources import Source
from topics.catalogue import INPUTS, Role
from topics.instants import parse_ms
from topics.letters import Letter, letter_of, names_of

WRONG = 2
_OPTIONS = ("reason", "id", "customer", "topic", "since", "until")


@dataclass(frozen=True)
class Choice:
    """What a letter has to fulfil; what is empty is not asked. Times are UTC ms, [since, until)."""

    reasons: frozenset[str]
    ids: frozenset[str]
    customer: str
    topic: str
    since_ms: int
    until_ms: int | None

    def takes(self, letter: Letter) -> bool:
        """Whether the letter is meant."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topic or letter.topic == self.topic)
            and (not self.customer or letter.key == self.customer.encode())
            and self.since_ms <= letter.put_aside_ms
            and (self.until_ms is None or letter.put_aside_ms < self.until_ms)
            and (not self.ids or self._named(letter))
        )

    def _named(self, letter: Letter) -> bool:
        source, id = names_of(letter)
        return id in self.ids or f"{source}|{id}" in self.ids


def add_choice(parser: ArgumentParser) -> None:
    """Adds the options that choose letters."""
    add = parser.add_argument
    add("--reason", action="append", metavar="CODE", help="put aside for this reason (may be repeated)")
    add(
        "--id", action="append", metavar="ID",
        help="the event's id, or SOURCE|ID where two senders may have the same (may be repeated)",
    )  # fmt: skip
    add("--customer", metavar="ID", help="the record's key")
    add("--topic", choices=[str(role) for role in INPUTS], help="where it came in")
    add("--since", metavar="TIME", help="put aside at this instant or later, like 2026-01-10T03:04:05Z")
    add("--until", metavar="TIME", help="put aside before this instant")


def choice_of(args: Namespace, source: Source) -> Choice:
    """What the options choose. Raises UserError for a time that is none."""
    return Choice(
        frozenset(args.reason or ()),
        frozenset(args.id or ()),
        args.customer or "",
        source.catalogue.name(Role(args.topic)) if args.topic else "",
        _instant("--since", args.since) if args.since else 0,
        _instant("--until", args.until) if args.until else None,
    )


def chooses(args: Namespace) -> bool:
    """Whether any option of `add_choice` was given."""
    return any(getattr(args, name) for name in _OPTIONS)


def _instant(option: str, text: str) -> int:
    try:
        return parse_ms(text)
    except ValueError:
        raise UserError(
            f"{option} {text!r} is no instant: write it like 2026-01-10T03:04:05Z.", WRONG
        ) from None


async def letters(source: Source) -> AsyncIterator[Letter]:
    """All dead letters of an installation, partition by partition. What is none is left out."""
    name = source.catalogue.name(Role.DEAD_LETTERS)
    for number in range(source.catalogue.partitions):
        async with source.stream(name, number) as stream:
            async for record in stream.rest():
                if (letter := letter_of(record)) is not None:
                    yield letter
