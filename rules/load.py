"""A rulebook file -> `Rulebook`: the one door to `rules/`."""

from pathlib import Path

from pydantic import ValidationError

from rules.beside import with_model
from rules.book import Book
from rules.checks import mistakes
from rules.compile import compile_book
from rules.compiled import Rulebook
from rules.complaints import complaints
from rules.errors import RuleError, gathered
from rules.source import BYTES_MAX, Source, read_source

__all__ = ["RuleError", "load_rulebook", "parse_rulebook"]


def load_rulebook(path: str | Path) -> Rulebook:
    """The rulebook in the file at `path`, with the model that it keeps in a file beside it.

    Raises RuleError when it cannot be read or used.
    """
    where = str(path)
    try:
        text = _text_of(path)
    except (OSError, ValueError) as error:
        raise _unreadable(where, error) from None
    source = read_source(text, where)
    whole = with_model(source, text, lambda name: _beside(Path(path), name))
    return _compiled(source if whole is text else read_source(whole, where), whole)


def _text_of(path: str | Path) -> str:
    with open(path, "rb") as file:
        return file.read(BYTES_MAX + 1).decode()


def _beside(rulebook: Path, name: str) -> tuple[str, str]:
    """The path and the text of a file beside the rulebook."""
    path = rulebook.parent / name
    return str(path), _text_of(path)


def _unreadable(where: str, error: OSError | ValueError) -> RuleError:
    """Why the file gave no text."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return RuleError(where, line, "", "the file is not UTF-8 text", "save it as UTF-8")
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return RuleError(where, 0, "", f"the file cannot be read ({reason})", "give the path of a rulebook file")


def parse_rulebook(text: str, where: str) -> Rulebook:
    """The rulebook that `text` alone says; `where` names it in messages, usually the file's path.

    Raises RuleError for the first mistake by line, with the others in its `others`.
    """
    return _compiled(read_source(text, where), text)


def _compiled(source: Source, text: str) -> Rulebook:
    book = _validated(source)
    if found := [source.error(*mistake) for mistake in mistakes(book)]:
        raise gathered(found)
    return compile_book(book, text)


def _validated(source: Source) -> Book:
    """The file as a Book. Raises RuleError when a key or a value is not as the models say."""
    try:
        return Book.model_validate(source.value)
    except ValidationError as error:
        raise gathered(complaints(error, source)) from None
