"""The `tierline` command: a table of names, and the module that does each.

A command's module has `configure(parser)` and `main(args) -> exit code`. Only the chosen one is imported,
so that `tierline replay` never waits for Faust.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from agents.errors import UserError

COMMANDS = {
    "worker": ("agents.worker", "run the engine: events in, tiers, points and alerts out"),
    "broker": ("agents.broker", "start, stop or look at the embedded Kafka"),
    "config": ("agents.config_command", "show the settings, where each comes from, and what there is"),
    "topics": ("agents.topics_command", "plan, create or dump the topics"),
    "schemas": ("agents.schemas_command", "export the message contracts"),
    "rules": ("agents.rules_command", "check a rulebook and say in plain words what it does"),
    "model": ("agents.model_command", "fit the churn model to past purchases, and see how well it foretells"),
    "replay": ("agents.replay", "run the engine over a file, without Kafka"),
    "points": ("agents.points_command", "redeem, take back, adjust or transfer a customer's points"),
    "tag": ("agents.tag_command", "give or take a customer's tag by hand, or leave it to the rules again"),
    "tier": ("agents.tier_command", "set a customer's tier by hand, or leave it to the rules again"),
    "dlq": ("agents.dlq", "look at what could not be applied, and send it again"),
    "consent": ("agents.consent_command", "note what a customer agrees to, or no longer does"),
    "api-key": ("agents.api_keys", "give or withdraw a key for the HTTP interface"),
    "verify": ("agents.verify", "check all that the workers wrote against a replay of what they were given"),
    "load": ("demo.load", "send live events of a made-up shop at a steady rate"),
    "demo": ("demo.command", "run the whole engine on real purchases and recount the result"),
}
INTERRUPTED = 130
READER_GONE = 141


def parse(argv: Sequence[str]) -> Namespace:
    """The arguments, with the chosen command's module as `module`; a wrong argument exits with 2."""
    parser = ArgumentParser(prog="tierline", description="Real-time loyalty tiering on Kafka.")
    parser.add_argument("--version", action="version", version=f"tierline {version('tierline')}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, (module_name, help_text) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        if name == chosen:
            module = import_module(module_name)
            command.set_defaults(module=module)
            module.configure(command)
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command; a `UserError` becomes its sentence on stderr, never a traceback."""
    try:
        args = parse(sys.argv[1:] if argv is None else argv)
        exit_code = 0 if args.command is None else args.module.main(args)
        sys.stdout.flush()
        return exit_code
    except UserError as error:
        print(f"tierline: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # The reader of our output has gone; Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE


if __name__ == "__main__":
    sys.exit(main())
