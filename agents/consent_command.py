"""`tierline consent grant|withdraw`: what a customer agrees to, noted on somebody's word."""

from argparse import ArgumentParser, Namespace

from agents.order_command import add_common_options, give, name_command
from rules.facts import SCOPES_WANTED

_ACTIONS = {
    "grant": "note that a customer agrees to a scope",
    "withdraw": "note that a customer does not agree to a scope",
}


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, help_text in _ACTIONS.items():
        action = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        action.add_argument("customer", help="the customer's id")
        action.add_argument("scope", help=SCOPES_WANTED)
        add_common_options(action)


def main(args: Namespace) -> int:
    """Gives the command; its exit code."""
    name_command(args)
    return give(args, "command.consent.set", {"scope": args.scope, "granted": args.action == "grant"})
