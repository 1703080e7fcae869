"""`tierline points redeem|reverse|adjust|transfer`: what is done to a customer's points by hand."""

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from typing import Any

from agents.order_command import add_common_options, give, name_command

_QTY = "how many points"
_CUSTOMER = "the customer's id"
_WALLET = "the wallet (default points)"


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    redeem = _action(actions, "redeem", "spend points, all or nothing")
    redeem.add_argument("qty", type=int, help=_QTY)
    redeem.add_argument("--wallet", help=_WALLET)
    redeem.add_argument(
        "--redemption", metavar="ID", help="its id, for a reversal (default: the command's id)"
    )
    redeem.add_argument("--reward", help="what they are spent on")
    reverse = _action(actions, "reverse", "take a redemption back, or part of it")
    reverse.add_argument("redemption", help="the redemption's id")
    reverse.add_argument("qty", type=int, nargs="?", help=f"{_QTY} (default: all that are left of it)")
    adjust = _action(actions, "adjust", "give points by hand, or take them (a negative number)")
    adjust.add_argument("qty", type=int, help=f"{_QTY}; below 0: to take")
    adjust.add_argument("--code", required=True, help="the reason, as a code")
    adjust.add_argument("--wallet", help=_WALLET)
    adjust.add_argument("--expires", metavar="TIME", help="when they expire, like 2027-01-01T00:00:00Z")
    adjust.add_argument(
        "--second-actor", metavar="NAME", help="who agreed, where the rulebook wants a second"
    )
    adjust.add_argument(
        "--qualifying",
        action=BooleanOptionalAction,
        default=None,
        help="whether they count for levels too (default: as the rulebook says)",
    )
    transfer = _action(actions, "transfer", "hand points to another customer")
    transfer.add_argument("to", help="the customer who gets them")
    transfer.add_argument("qty", type=int, help=_QTY)
    transfer.add_argument("--wallet", help=_WALLET)
    transfer.add_argument("--transfer", metavar="ID", help="the transfer's id (default: the command's id)")


def _action(actions: Any, name: str, help_text: str) -> ArgumentParser:
    action: ArgumentParser = actions.add_parser(
        name, help=help_text, description=help_text.capitalize() + "."
    )
    action.add_argument("customer", help=_CUSTOMER)
    add_common_options(action)
    return action


def main(args: Namespace) -> int:
    """Gives the command; its exit code."""
    name_command(args)
    kind, data = _DATA[args.action](args)
    return give(args, f"command.points.{kind}", data)


def _redeem(args: Namespace) -> tuple[str, dict[str, Any]]:
    data = {"redemption_id": args.redemption or args.command_id, "qty": args.qty}
    return "redeem", data | {"wallet": args.wallet, "reward": args.reward}


def _reverse(args: Namespace) -> tuple[str, dict[str, Any]]:
    return "redeem_reverse", {"redemption_id": args.redemption, "qty": args.qty}


def _adjust(args: Namespace) -> tuple[str, dict[str, Any]]:
    data = {"qty": args.qty, "reason_code": args.code, "wallet": args.wallet}
    data |= {"expires": args.expires, "second_actor": args.second_actor}
    return "adjust", data | {"qualifying": args.qualifying}


def _transfer(args: Namespace) -> tuple[str, dict[str, Any]]:
    data = {"transfer_id": args.transfer or args.command_id, "to": args.to, "qty": args.qty}
    return "transfer", data | {"wallet": args.wallet}


_DATA = {"redeem": _redeem, "reverse": _reverse, "adjust": _adjust, "transfer": _transfer}
