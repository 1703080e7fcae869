"""The embedded Kafka: `tierline broker up|down|status|fetch`, and brokers for tests and the demo.

A real Apache Kafka from packages alone (`broker_install`), one node, listening on the loopback address only.
"""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from agents.broker_ephemeral import EphemeralBroker, ephemeral_broker, installation, prepare_fast_start
from agents.broker_jars import KAFKA_VERSION, one_at_a_time
from agents.broker_node import Running, running_in, start, stop
from agents.broker_probe import wait_reachable
from agents.broker_process import spawn_detached
from agents.errors import UserError

__all__ = [
    "DEFAULT_DIRECTORY",
    "EphemeralBroker",
    "Running",
    "bootstrap_from_env_or_running",
    "broker_down",
    "broker_up",
    "ephemeral_broker",
    "running_in",
    "wait_reachable",
]

DEFAULT_DIRECTORY = Path(".tierline/broker")
ANSWER_S = 10.0
NOT_UP = 1


def broker_up(directory: Path = DEFAULT_DIRECTORY, port: int | None = None) -> tuple[Running, bool]:
    """The broker of this folder, in service, and whether it was up already; it stays until `broker_down`.

    Raises UserError when it cannot start, or runs on another port than `port`.
    """
    directory = directory.resolve()
    with one_at_a_time(directory / "lock"):
        if running := running_in(directory):
            if port not in (None, running.ports.clients):
                raise UserError(
                    f"the broker in {directory} is up on port {running.ports.clients}, not {port}."
                )
            wait_reachable(running.bootstrap, ANSWER_S)
            return running, True
        return start(directory, installation(), spawn_detached, port)[1], False


def broker_down(directory: Path = DEFAULT_DIRECTORY) -> bool:
    """Whether a broker was up in this folder; it has ended on return. Its data stays."""
    directory = directory.resolve()
    if not directory.exists():
        return False
    with one_at_a_time(directory / "lock"):
        running = running_in(directory)
        if running:
            stop(running)
        return running is not None


def bootstrap_from_env_or_running(directory: Path = DEFAULT_DIRECTORY) -> str:
    """The Kafka to use: TIERLINE_KAFKA if set, else the broker that is up in this folder.

    Raises UserError when there is neither.
    """
    if named := os.environ.get("TIERLINE_KAFKA"):
        return named
    if running := running_in(directory.resolve()):
        return running.bootstrap
    raise UserError(
        f"no Kafka: start the embedded one with `tierline broker up` (none is up in {directory}), "
        "or name yours in TIERLINE_KAFKA."
    )


def up(args: Namespace) -> int:
    """0, after printing where the broker is."""
    running, was_up = broker_up(args.dir, args.port)
    state = "already up" if was_up else "ready"
    print(f"broker {state} at {running.bootstrap} (data in {running.directory}, pid {running.pid})")
    return 0


def down(args: Namespace) -> int:
    """0, whether or not a broker was up."""
    print(f"broker in {args.dir} is down" if broker_down(args.dir) else f"no broker was up in {args.dir}")
    return 0


def status(args: Namespace) -> int:
    """0 when a broker is up in the folder, else 1."""
    running = running_in(args.dir.resolve())
    if running is None:
        print(f"no broker is up in {args.dir}")
        return NOT_UP
    print(f"broker up at {running.bootstrap} (data in {running.directory}, pid {running.pid})")
    return 0


def fetch(args: Namespace) -> int:
    """0, when all that a broker needs is on this machine; later starts need no network and are fast."""
    prepare_fast_start()
    print(f"Kafka {KAFKA_VERSION} is in {installation().jars[0].parent}")
    return 0


ACTIONS = {
    "up": (up, "start a broker that stays until `down`"),
    "down": (down, "stop it; its data stays"),
    "status": (status, "say whether it is up: exit code 0 if so, else 1"),
    "fetch": (fetch, "get all that a broker needs: later starts are fast and need no network"),
}


def configure(parser: ArgumentParser) -> None:
    """Adds the actions and their options."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, (action, help_text) in ACTIONS.items():
        command = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        command.set_defaults(action=action)
        if name != "fetch":
            command.add_argument("--dir", type=Path, default=DEFAULT_DIRECTORY, help="data (%(default)s)")
        if name == "up":
            command.add_argument(
                "--port", type=int, help="for clients (default: the last one, or a free one)"
            )


def main(args: Namespace) -> int:
    """The exit code of the chosen action."""
    exit_code: int = args.action(args)
    return exit_code
