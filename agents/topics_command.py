"""`tierline topics plan|apply|dump`: the cluster's topics against the catalogue."""

import os
from argparse import ArgumentParser, Namespace

from rich.console import Console
from rich.table import Table

from agents import dump
from agents.broker import bootstrap_from_env_or_running
from agents.errors import UserError
from topics import admin
from topics.admin import Difference, TopicError
from topics.catalogue import Catalogue

ACTIONS = {
    "plan": "show what is missing and what differs; exit code 1 if anything does",
    "apply": "create what is missing and show what differs; exit code 1 if anything still does",
}
CLOCKS = ("wall", "log")


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, help_text in ACTIONS.items():
        action = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        dump.add_cluster_options(action)
        action.add_argument("--clock", choices=CLOCKS, default=os.environ.get("TIERLINE_CLOCK", "wall"))
    help_text = "write the inputs to a folder, in the order the journal recorded"
    dump_action = actions.add_parser("dump", help=help_text, description=help_text.capitalize() + ".")
    dump.configure(dump_action)


def main(args: Namespace) -> int:
    """The action's exit code. Raises UserError if the cluster cannot be used or the counts are unequal."""
    if args.action == "dump":
        return dump.main(args)
    if args.partitions < 1:
        raise UserError(f"--partitions is {args.partitions}: give 1 or more.", 2)
    if args.clock not in CLOCKS:  # The parser does not check what the environment says.
        raise UserError(f"TIERLINE_CLOCK is {args.clock!r}: give wall or log.", 2)
    bootstrap = args.kafka or bootstrap_from_env_or_running()
    catalogue = Catalogue(args.prefix, args.app_id, args.partitions, args.clock)
    try:
        return _plan(bootstrap, catalogue) if args.action == "plan" else _apply(bootstrap, catalogue)
    except TopicError as error:
        raise UserError(str(error)) from None


def _plan(bootstrap: str, catalogue: Catalogue) -> int:
    differences = admin.plan(bootstrap, catalogue)
    _show(differences)
    if not differences:
        print(f"all {len(catalogue.topics)} topics are as they should be")
    return 1 if differences else 0


def _apply(bootstrap: str, catalogue: Catalogue) -> int:
    left = admin.apply(bootstrap, catalogue)
    print(f"all {len(catalogue.topics)} topics exist")
    _show(left)
    if left:
        print("settings of existing topics are left alone; change them with kafka-configs, then plan again")
    return 1 if left else 0


def _show(differences: list[Difference]) -> None:
    if not differences:
        return
    table = Table("topic", "setting", "found", "wanted")
    for each in differences:
        table.add_row(each.topic, each.setting, each.found or "missing", each.wanted)
    Console().print(table)
