"""`tierline rules`: check rulebooks before a worker meets them; print the file format for editors."""

import json
from argparse import ArgumentParser, Namespace

from rules.book import schema
from rules.load import RuleError, load_rulebook
from rules.summary import summarise


def configure(parser: ArgumentParser) -> None:
    """Adds `check FILE...` and `schema` to the parser of `tierline rules`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "check", help="say in plain words what a rulebook does, or what is wrong with it"
    )
    check.add_argument("files", nargs="+", metavar="FILE", help="a rulebook in YAML")
    actions.add_parser("schema", help="print the JSON Schema of a rulebook, for completion in editors")


def main(args: Namespace) -> int:
    """Runs the action and returns the exit status: 1 when any rulebook cannot be used, else 0."""
    if args.action == "schema":
        print(json.dumps(schema(), indent=2, ensure_ascii=False))
        return 0
    answers = [_checked(file) for file in args.files]
    print("\n\n".join(text for text, _ in answers))
    return 0 if all(good for _, good in answers) else 1


def _checked(file: str) -> tuple[str, bool]:
    """What to print about one file, and whether it can be used."""
    try:
        rulebook = load_rulebook(file)
    except RuleError as error:
        return "\n".join(str(mistake) for mistake in error.all()), False
    return f"{summarise(rulebook)}\n\n{file}: good, digest {rulebook.digest}", True
