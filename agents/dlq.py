"""`tierline dlq list|show|redrive`: what could not be applied, why, and sending it again.

Exit codes: 0 done (also when there is nothing), 1 it could not be done, 2 wrong arguments.
"""

import asyncio
import heapq
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.dlq_choice import WRONG, add_choice, choice_of, chooses, letters
from agents.dlq_redrive import TRIES_MAX, Plan, plan, send
from agents.dump import add_cluster_options, cluster_of
from agents.dumped import Dump
from agents.errors import UserError
from agents.lines import text_of
from agents.sources import Source
from topics.instants import format_ms
from topics.letters import Letter, names_of

T = TypeVar("T")
LIST_MAX = 50
REDRIVE_MAX = 1_000


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    shown = _action(actions, "list", "say what was put aside, the newest first")
    add_choice(shown)
    shown.add_argument("--limit", type=int, default=LIST_MAX, metavar="N", help="at most (%(default)s)")
    shown.add_argument("--json", action="store_true", help="one JSON object per line, with all there is")
    one = _action(actions, "show", "show one of them whole")
    one.add_argument("place", metavar="PARTITION:OFFSET", help="its place, as `list` gives it")
    for action in (shown, one):
        action.add_argument(
            "--dir", type=Path, help="a folder that `tierline topics dump` wrote; no Kafka then"
        )
    again = _action(actions, "redrive", "send records to their own topic and partition again, as they came")
    add_choice(again)
    again.add_argument("--all", action="store_true", help="every record, where nothing else chooses")
    again.add_argument("--limit", type=int, default=REDRIVE_MAX, metavar="N", help="at most (%(default)s)")
    again.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")


def _action(actions: Any, name: str, help_text: str) -> ArgumentParser:
    action: ArgumentParser = actions.add_parser(
        name, help=help_text, description=help_text.capitalize() + "."
    )
    add_cluster_options(action)
    return action


def main(args: Namespace) -> int:
    """The action's exit code. Raises UserError with one sentence."""
    if args.action != "show" and args.limit < 1:
        raise UserError(f"--limit is {args.limit}: give 1 or more.", WRONG)
    if args.action == "redrive":
        return _redrive(args)
    source: Source = Dump(args.dir) if args.dir else cluster_of(args)
    return _list(args, source) if args.action == "list" else _show(args, source)


def _done(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except KafkaError as error:
        raise UserError(f"Kafka ended the reading ({type(error).__name__}): try again.") from None


def _list(args: Namespace, source: Source) -> int:
    choice = choice_of(args, source)

    async def newest() -> tuple[list[Letter], Counter[str]]:
        heap: list[tuple[tuple[int, int, int], Letter]] = []
        reasons: Counter[str] = Counter()
        async for letter in letters(source):
            if choice.takes(letter):
                reasons[letter.reason] += 1
                entry = ((letter.put_aside_ms, letter.partition, letter.offset), letter)
                (heapq.heappush if len(heap) < args.limit else heapq.heappushpop)(heap, entry)
        return [letter for _, letter in sorted(heap, key=lambda entry: entry[0], reverse=True)], reasons

    found, reasons = _done(newest())
    if args.json:
        for letter in found:
            sys.stdout.buffer.write(msgspec.json.encode(as_object(letter)) + b"\n")
        sys.stdout.buffer.flush()
        return 0
    if found:
        Console().print(_table(found))
    told = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
    more = (
        f"; the newest {len(found):,} are shown, --limit shows more" if reasons.total() > len(found) else ""
    )
    print(f"{counted(reasons.total())}: {told}{more}." if found else f"{counted(0)}.")
    return 0


def counted(count: int) -> str:
    """So many letters, in words."""
    return "1 dead letter" if count == 1 else f"{count:,} dead letters" if count else "no dead letters"


def _table(found: list[Letter]) -> Table:
    table = Table("place", "put aside", "reason", "from", "customer", "event", "tries", "what was wrong")
    for letter in found:
        source, id = names_of(letter)
        cells = (
            letter.place, _time(letter.put_aside_ms), letter.reason, letter.topic, _shown(letter.key),
            _plain(f"{source}|{id}") if source or id else "", str(letter.tries or ""), _plain(letter.message),
        )  # fmt: skip
        table.add_row(*map(Text, cells))  # As text: a customer named [red] colours nothing.
    return table


def _show(args: Namespace, source: Source) -> int:
    async def find() -> Letter | None:
        async with aclosing(letters(source)) as found:
            async for letter in found:
                if letter.place == args.place:
                    return letter
        return None

    letter = _done(find())
    if letter is None:
        raise UserError(f"there is no dead letter {args.place}: `tierline dlq list` gives their places.")
    when, recorded = _time(letter.put_aside_ms), _time(letter.recorded_ms)
    print(f"{letter.place}, put aside at {when} for {letter.reason}: {_plain(letter.message)}.")
    if letter.of_timer:
        print(f"It is of the timer {letter.topic}, due at {recorded}.")
    else:
        where = f"{letter.topic}, partition {letter.home}, offset {letter.at}"
        print(f"It came in {where}, at {recorded}.")
    if letter.tries:
        print(f"It was sent again {letter.tries} of at most {TRIES_MAX} times.")
    for name, content in (("key", letter.key), *letter.headers, ("value", letter.value)):
        print(f"{name}: {_shown(content)}")
    return 0


def _redrive(args: Namespace) -> int:
    if not chooses(args) and not args.all:
        raise UserError(
            "nothing is chosen: give --reason, --id, --customer, --topic, --since, --until or --all.", WRONG
        )
    source = cluster_of(args)
    choice = choice_of(args, source)
    planned = _done(plan(source, choice, args.limit))
    if planned.letters and not args.dry_run:
        _done(send(source.connection, source.catalogue, planned.letters))
    _tell(planned, "would be sent" if args.dry_run else "sent again")
    return 0


def _tell(planned: Plan, verb: str) -> None:
    places = Counter(letter.topic for letter in planned.letters)
    for why, count in planned.left.items():
        print(f"left: {counted(count)} ({why})")
    where = ", ".join(f"{count:,} to {topic}" for topic, count in places.items())
    records = "1 record" if len(planned.letters) == 1 else f"{len(planned.letters):,} records"
    print(f"{records} {verb}: {where}." if planned.letters else f"nothing {verb}.")


def as_object(letter: Letter) -> dict[str, Any]:
    """The letter as JSON; bytes that are not UTF-8 are {"base64": ...}."""
    source, id = names_of(letter)
    told = msgspec.structs.asdict(letter)
    told["put_aside"], told["recorded"] = _time(told.pop("put_aside_ms")), _time(told.pop("recorded_ms"))
    told["key"], told["value"] = text_of(letter.key), text_of(letter.value)
    told["headers"] = [(name, text_of(value)) for name, value in letter.headers]
    return {"place": letter.place, "source": source, "id": id} | told


def _time(at_ms: int) -> str:
    return format_ms(at_ms).decode()


def _plain(text: str) -> str:
    """The text, quoted where it could move the cursor of a terminal."""
    return text if text.isprintable() else repr(text)


def _shown(content: bytes | None) -> str:
    text = text_of(content)
    if isinstance(text, str):
        return _plain(text)
    return "(null)" if content is None else f"(not UTF-8) {content!r}"
