"""`tierline schemas export|check`: the published contracts as JSON Schema, AsyncAPI and OpenAPI."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from agents.api_document import document
from agents.errors import UserError
from topics.describe import documents
from topics.pages import topics_page

OPENAPI = "openapi.json"
DEFAULT_DIRECTORY = Path("docs")


def configure(parser: ArgumentParser) -> None:
    """Adds the sub-commands."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    help_text = "print the page of all topics and messages (docs/topics.md)"
    actions.add_parser("page", help=help_text, description=help_text.capitalize() + ".")
    for name, help_text in (
        ("export", "write the documents: DIR/asyncapi.yaml, DIR/openapi.json and DIR/schemas/"),
        ("check", "say whether the documents in DIR are current; exit code 1 if not"),
    ):
        action = actions.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        action.add_argument("dir", nargs="?", type=Path, default=DEFAULT_DIRECTORY, metavar="DIR")


def main(args: Namespace) -> int:
    """0, or 1 if `check` found a document that is not current. Raises UserError if DIR cannot be used."""
    if args.action == "page":
        print(topics_page(), end="")
        return 0
    made = published()
    try:
        return _export(args.dir, made) if args.action == "export" else _check(args.dir, made)
    except OSError as error:
        why = f"{error.filename or args.dir} cannot be used ({error.strerror})"
        raise UserError(f"{why}: name another folder.") from None


def published() -> dict[str, str]:
    """Text of every published document, by its path below the documents' folder."""
    return documents() | {OPENAPI: json.dumps(document(), indent=2, ensure_ascii=False) + "\n"}


def stale(directory: Path, made: Mapping[str, str]) -> list[str]:
    """Paths below the folder that are missing, differ from what would be made, or are no longer made."""
    found = {f"schemas/{path.name}" for path in (directory / "schemas").glob("*.json")}
    changed = [name for name, text in made.items() if not _holds(directory / name, text)]
    return sorted([*changed, *found.difference(made)])


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _export(directory: Path, made: Mapping[str, str]) -> int:
    for name in stale(directory, made):
        path = directory / name
        if name not in made:
            print(f"{path} is no longer made: delete it")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[name].encode())
        print(f"wrote {path}")
    print(f"{len(made)} documents in {directory} are current")
    return 0


def _check(directory: Path, made: Mapping[str, str]) -> int:
    old = stale(directory, made)
    for name in old:
        print(f"{directory / name} is {'not current' if name in made else 'no longer made'}")
    if old:
        print(f"run `tierline schemas export {directory}`")
        return 1
    print(f"{len(made)} documents in {directory} are current")
    return 0
