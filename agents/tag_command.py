"""`tierline tag add|remove|release`: a customer's tag given or taken by hand, and left to the rules again."""

from argparse import ArgumentParser, Namespace

from agents.order_command import add_common_options, give, name_command

_ACTIONS = {
    "add": "give a customer a tag by hand",
    "remove": "take a customer's tag by hand; no rule gives it again before it is released",
    "release": "leave a tag to the rules again",
}


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, help_text in _ACTIONS.items():
        action = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        action.add_argument("customer", help="the customer's id")
        action.add_argument("tag", help="the tag")
        if name == "add":
            about = "what a tag is about that the rulebook does not know"
            action.add_argument("--dimension", default="", help=about)
            action.add_argument("--group", default="", help="its group, of which a customer has one tag")
        if name != "release":
            action.add_argument("--until", metavar="TIME", help="when it ends, like 2027-01-01T00:00:00Z")
        add_common_options(action)


def main(args: Namespace) -> int:
    """Gives the command; its exit code."""
    name_command(args)
    data = {"tag": args.tag}
    if args.action != "release":
        data |= {"until": args.until}
    if args.action == "add":
        data |= {"dimension": args.dimension, "group": args.group}
    return give(args, f"command.tag.{args.action}", data)
