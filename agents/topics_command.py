"""`tierline topics plan|apply|dump`: the cluster's topics against the catalogue."""

from argparse import ArgumentParser, Namespace

from rich.console import Console
from rich.table import Table

from agents import dump
from agents.access import wait_admitted
from agents.cluster_options import add_cluster_options, settings_of
from agents.errors import UserError
from topics import admin
from topics.admin import Difference, TopicError
from topics.catalogue import Catalogue
from topics.connection import Connection

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
        add_cluster_options(action)
        action.add_argument("--clock", choices=CLOCKS, help="what moves time (wall)")
    help_text = "write the inputs to a folder, in the order the journal recorded"
    dump_action = actions.add_parser("dump", help=help_text, description=help_text.capitalize() + ".")
    dump.configure(dump_action)


def main(args: Namespace) -> int:
    """The action's exit code. Raises UserError if the cluster cannot be used or the counts are unequal."""
    if args.action == "dump":
        return dump.main(args)
    settings = settings_of(args)
    connection, catalogue = settings.connection, settings.catalogue
    wait_admitted(connection, dump.REACH_S)
    try:
        return _plan(connection, catalogue) if args.action == "plan" else _apply(connection, catalogue)
    except TopicError as error:
        raise UserError(str(error)) from None


def _plan(connection: Connection, catalogue: Catalogue) -> int:
    differences = admin.plan(connection, catalogue)
    _show(differences)
    if not differences:
        print(f"all {len(catalogue.topics)} topics are as they should be")
    return 1 if differences else 0


def _apply(connection: Connection, catalogue: Catalogue) -> int:
    left = admin.apply(connection, catalogue)
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
