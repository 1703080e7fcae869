"""What the commands about a customer have in common: a command is made, checked, sent and answered.

Exit codes: 0 done, 1 rejected or put aside, 2 wrong arguments, 3 no answer.
"""

import asyncio
import getpass
import os
import time
from argparse import ArgumentParser, Namespace
from hashlib import blake2b
from typing import Any

import msgspec
from aiokafka.errors import KafkaError

from agents.access import wait_admitted
from agents.answers import Answer, in_words
from agents.ask import NotAsked, ask
from agents.cluster_options import add_config_option, add_kafka_options, settings_of
from agents.errors import UserError
from topics.catalogue import Role
from topics.complaints import Undecodable
from topics.decode import decode
from topics.instants import format_ms

DONE, REJECTED, WRONG, UNANSWERED = 0, 1, 2, 3
SOURCE = "tierline-cli"
REACH_S = 3.0


def add_common_options(parser: ArgumentParser) -> None:
    """Adds who gives the command and why, its id, and where it goes."""
    parser.add_argument("--actor", default=login(), help="who gives the command (default: your login name)")
    parser.add_argument("--role", default="", help="in which role")
    parser.add_argument("--reason", default="", help="why, in words")
    parser.add_argument("--id", help="the command's id: given again, it counts once and tells its answer")
    parser.add_argument(
        "--wait", type=float, default=10, metavar="SECONDS", help="for the answer (default 10)"
    )
    add_config_option(parser)
    add_kafka_options(parser)


def login() -> str:
    """The login name, or "" where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def name_command(args: Namespace) -> None:
    """Sets `command_id`: the id given, or one from all that was said, by whom, and this instant."""
    said = sorted((name, value) for name, value in vars(args).items() if name != "module")
    text = f"{said} {time.time_ns()} {os.getpid()}"
    args.command_id = args.id or blake2b(text.encode(), digest_size=10).hexdigest()


def give(args: Namespace, kind: str, data: dict[str, Any]) -> int:
    """Sends the command and prints its answer; the exit code. Raises UserError for what cannot be sent."""
    id = args.command_id
    said = {"actor": args.actor, "role": args.role, "reason": args.reason}
    event = {
        "specversion": "1.0", "type": kind, "source": SOURCE, "id": id,
        "time": format_ms(time.time_ns() // 1_000_000).decode(), "subject": args.customer,
        "data": {name: value for name, value in (said | data).items() if value not in (None, "")},
    }  # fmt: skip
    read = decode(Role.COMMANDS, args.customer.encode(), msgspec.json.encode(event))
    if isinstance(read, Undecodable):
        raise UserError(f"the command was not sent: {read.message}.", WRONG)
    answer = _answer(args, event)
    if answer is None:
        raise UserError(
            f"no answer within {args.wait:g} s. The command is in the log, and a worker will take it as "
            f"soon as one runs; repeat this with --id {id} to see its answer: it counts once.",
            UNANSWERED,
        )
    print(in_words(answer, args.customer) + (" (It was given before.)" if answer.before else ""))
    return DONE if answer.done else REJECTED


def _answer(args: Namespace, event: dict[str, Any]) -> Answer | None:
    try:
        settings = settings_of(args)
        wait_admitted(settings.connection, REACH_S)
    except UserError as error:
        raise UserError(str(error), WRONG if error.exit_code == WRONG else UNANSWERED) from None
    try:
        return asyncio.run(ask(settings.connection, settings.prefix, event, args.wait, again=bool(args.id)))
    except NotAsked as error:
        raise UserError(str(error), WRONG) from None
    except KafkaError as error:
        raise UserError(f"Kafka at {settings.kafka} did not take the command: {error}.", UNANSWERED) from None
