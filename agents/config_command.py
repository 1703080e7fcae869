"""`tierline config show|reference`: the settings in force and where each comes from; all there are.

Exit codes: 0 they can be used, 2 they cannot, and the sentence says why.
"""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

import msgspec
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.cluster_options import add_config_option
from agents.errors import UserError
from agents.settings import BAD_SETTINGS, WorkerSettings, checked
from agents.settings_page import default_of, page
from agents.settings_sources import Layer, layers, merged, strangers

MASK = "********"
DEFAULT = "default"


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    help_text = "print every setting, its value and where it comes from; passwords are masked"
    show = actions.add_parser("show", help=help_text, description=help_text.capitalize() + ".")
    add_config_option(show)
    show.add_argument("--json", action="store_true", help="one JSON object")
    help_text = "print the reference of all settings (docs/configuration.md)"
    actions.add_parser("reference", help=help_text, description=help_text.capitalize() + ".")


def main(args: Namespace) -> int:
    """The action's exit code. Raises UserError for settings that cannot be used."""
    if args.action == "reference":
        print(page(), end="")
        return 0
    found = layers(set(WorkerSettings.model_fields), {})
    rows = shown(found)
    if args.json:
        told = {name: {"value": value, "from": origin} for name, value, origin in rows}
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        sys.stdout.buffer.flush()
    else:
        table = Table("setting", "value", "from")
        for row in rows:
            table.add_row(*[Text(str(cell)) for cell in row])
        Console().print(table)
    for name in strangers(WorkerSettings.model_fields):
        print(f"note: {name} is in the environment, and there is no such setting", file=sys.stderr)
    try_out(found)
    return 0


def shown(found: list[Layer]) -> list[tuple[str, Any, str]]:
    """(name, value as it may be shown, where from) of every setting, whether it can be used or not."""
    rows = []
    for name, field in WorkerSettings.model_fields.items():
        layer = next((layer for layer in found if name in layer.values), None)
        value = default_of(field) if layer is None else layer.values[name]
        if field.annotation is SecretStr:
            value = MASK if layer is not None else ""
        rows.append((name, value, DEFAULT if layer is None else layer.origin))
    return rows


def try_out(found: list[Layer]) -> None:
    """Raises UserError unless the settings can be used; a rulebook may be missing, and a Kafka be none."""
    settings = checked(WorkerSettings, {"rules": "none", **merged(found)}, found)
    if settings.kafka:
        try:
            _ = settings.connection
        except UserError as error:
            raise UserError(f"These settings cannot be used: {error}", BAD_SETTINGS) from None
