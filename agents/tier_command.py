"""`tierline tier override|release`: a customer's tier set by hand, and left to the rules again."""

from argparse import ArgumentParser, Namespace

from agents.order_command import add_common_options, give, name_command

_ACTIONS = {
    "override": "set a customer's tier by hand",
    "release": "end an override",
}


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, help_text in _ACTIONS.items():
        action = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        action.add_argument("customer", help="the customer's id")
        if name == "override":
            action.add_argument("tier", help="code of the tier")
            modes = "at least this tier (floor), or exactly it (pin); default floor"
            action.add_argument("--mode", choices=("floor", "pin"), default="floor", help=modes)
            action.add_argument("--until", metavar="TIME", help="when it ends, like 2027-01-01T00:00:00Z")
        action.add_argument("--set", default="main", help="id of the tier set (default main)")
        add_common_options(action)


def main(args: Namespace) -> int:
    """Gives the command; its exit code."""
    name_command(args)
    if args.action == "release":
        return give(args, "command.tier.release", {"tier_set": args.set})
    data = {"tier_set": args.set, "tier": args.tier, "mode": args.mode, "until": args.until}
    return give(args, "command.tier.override", data)
