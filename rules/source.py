"""YAML text -> plain values, with the line of every key and item kept.

Numbers stay exact: whole numbers are `int`, all others `Decimal` from their own digits. Tags, anchors,
aliases, repeated keys and empty values are refused, and so is a file too large or too deep to be a rulebook.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rules.errors import RuleError, shortened

BYTES_MAX = 256 * 1024
DEPTH_MAX = 12
DIGITS_MAX = 30

Path = tuple[str | int, ...]
Value = str | int | Decimal | bool | list[Any] | dict[str, Any]

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_ALMOST_NUMBER = re.compile(
    r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(e[-+]?[0-9]+)?|[-+]?\.(inf|nan)|0[xob][0-9a-f_]+",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_ITEM_NAMES = ("id", "code", "tag", "kind", "metric")


@dataclass(frozen=True, slots=True)
class Source:
    """A rulebook file as read: its values, the line (from 1) of each path in them, and where values stand.

    `spans` are the places [start, end) of single values in the text, counted in characters.
    """

    where: str
    value: dict[str, Any]
    lines: Mapping[Path, int]
    spans: Mapping[Path, tuple[int, int]]

    def error(self, path: Path, what: str, remedy: str) -> RuleError:
        """A mistake at `path`; parts of the path that the file does not have are left out of the line."""
        line = 1
        for end in range(1, len(path) + 1):
            line = self.lines.get(path[:end], line)
        return RuleError(self.where, line, place(path, self.value), what, remedy)


def place(path: Path, value: Value) -> str:
    """The path in words: `earn.rules[base].per`; an item without a name is counted from 1."""
    words = ""
    here: Any = value
    for part in path:
        if isinstance(part, str):
            words += f".{shortened(part)}" if words else shortened(part)
            here = here.get(part) if isinstance(here, dict) else None
        else:
            here = here[part] if isinstance(here, list) and part < len(here) else None
            names = [here[key] for key in _ITEM_NAMES if key in here] if isinstance(here, dict) else []
            words += f"[{shortened(names[0]) if names and isinstance(names[0], str) else part + 1}]"
    return words


def read_source(text: str, where: str) -> Source:
    """The values of a rulebook's text.

    Raises RuleError at the first line that is not the plain YAML a rulebook is made of.
    """
    _check_text(text, where)
    try:
        return _Reader(text, where).read()
    except MarkedYAMLError as error:
        raise _not_yaml(error, where) from None
    except (YAMLError, ValueError, OverflowError) as error:
        what = f"this is not YAML ({str(error).splitlines()[0]})"
        raise RuleError(where, 1, "", what, "compare it with docs/rulebook.md") from None


def _check_text(text: str, where: str) -> None:
    """Raises RuleError for a text that is too long or holds characters that no rulebook needs."""
    if len(text.encode(errors="replace")) > BYTES_MAX:
        raise RuleError(where, 0, "", f"the file is larger than {BYTES_MAX // 1024} KiB", "make it shorter")
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"the character U+{ord(found[0]):04X} is not allowed"
        raise RuleError(where, line, "", what, "save the file as plain UTF-8 text")


def _not_yaml(error: MarkedYAMLError, where: str) -> RuleError:
    """The parser's complaint as a rule error."""
    problem = error.problem or error.context or "it cannot be read"
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    if "'\\t'" in problem:
        return RuleError(where, line, "", "a tab is used as white space", "indent with spaces")
    return RuleError(where, line, "", f"this is not YAML ({problem})", "compare it with docs/rulebook.md")


class _Reader:
    """Turns the parser's events into values; one use."""

    def __init__(self, text: str, where: str) -> None:
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text.removeprefix("\ufeff")))
        self._where = where
        self._root: dict[str, Any] = {}
        self._lines: dict[Path, int] = {}
        self._spans: dict[Path, tuple[int, int]] = {}
        self._skipped = len(text) - len(text.removeprefix("\ufeff"))

    def read(self) -> Source:
        """The whole document. Raises RuleError when there is none, or more than one."""
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(
                        event, (), "a second document begins here", "keep one programme per file"
                    )
                self._document(next(self._events))
        if not documents:
            raise RuleError(self._where, 1, "", "the file is empty", "begin it with `programme: NAME`")
        return Source(self._where, self._root, self._lines, self._spans)

    def _document(self, event: Any) -> None:
        """Fills the root. Raises RuleError when the document is not a group of keys."""
        if isinstance(event, ScalarEvent) and not event.value:
            raise self._error(event, (), "the file is empty", "begin it with `programme: NAME`")
        if not isinstance(event, MappingStartEvent):
            raise self._error(
                event, (), "this is not a list of keys", "begin the file with `programme: NAME`"
            )
        self._plain(event, ())
        self._mapping((), self._root)

    def _node(self, event: Any, path: Path) -> Value:
        """The value that begins with `event`."""
        self._plain(event, path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if len(path) > DEPTH_MAX:
            raise self._error(event, path, "this is nested too deeply", "no rulebook key lies so deep")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, {})
        assert isinstance(event, SequenceStartEvent)
        return self._sequence(path)

    def _mapping(self, path: Path, into: dict[str, Any]) -> dict[str, Any]:
        """The keys and values up to the end of the mapping, put into `into`."""
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, path)
            if key in into:
                first = self._lines[(*path, key)]
                remedy = f"it is already on line {first}: keep one of the two"
                raise self._error(event, (*path, key), "this key is repeated", remedy)
            self._lines[(*path, key)] = event.start_mark.line + 1
            into[key] = self._node(next(self._events), (*path, key))
        return into

    def _key(self, event: Any, path: Path) -> str:
        """A key as text. Raises RuleError for a list or a group of keys as a key."""
        self._plain(event, path)
        if not isinstance(event, ScalarEvent):
            raise self._error(event, path, "a key must be a word", "write `key: value`")
        return str(event.value)

    def _sequence(self, path: Path) -> list[Any]:
        """The items up to the end of the sequence."""
        items: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            item_path = (*path, len(items))
            self._lines[item_path] = event.start_mark.line + 1
            items.append(self._node(event, item_path))
        return items

    def _scalar(self, event: ScalarEvent, path: Path) -> Value:
        """One value: text when quoted, else what it looks like."""
        text = str(event.value)
        marks = (event.start_mark.index, event.end_mark.index)
        self._spans[path] = marks[0] + self._skipped, marks[1] + self._skipped
        if event.style:
            return text
        for looks_like, read in _PLAIN_VALUES:
            if looks_like(text):
                return read(text)
        if text.lower() in ("", "~", "null"):
            what, remedy = "the value is missing", "give one, or delete the key"
            raise RuleError(self._where, self._lines[path], place(path, self._root), what, remedy)
        if _ALMOST_NUMBER.fullmatch(text):
            remedy = "write digits like 1250 or 1.15, or put it in quotes if it is a name"
            raise self._error(event, path, f"{shortened(text)} is not a plain decimal number", remedy)
        return text

    def _plain(self, event: Any, path: Path) -> None:
        """Raises RuleError for the YAML features that a rulebook does not need."""
        if isinstance(event, AliasEvent) or event.anchor:
            raise self._error(
                event, path, "anchors (&) and aliases (*) are not allowed", "write the value out"
            )
        if event.tag:
            raise self._error(event, path, "tags (!) are not allowed", "write the plain value")

    def _error(self, event: Any, path: Path, what: str, remedy: str) -> RuleError:
        """A mistake on the line where `event` begins."""
        return RuleError(self._where, event.start_mark.line + 1, place(path, self._root), what, remedy)


def _is_whole(text: str) -> bool:
    return len(text) <= DIGITS_MAX and "." not in text and bool(_NUMBER.fullmatch(text))


def _is_decimal(text: str) -> bool:
    return len(text) <= DIGITS_MAX and bool(_NUMBER.fullmatch(text))


_PLAIN_VALUES: tuple[tuple[Callable[[str], bool], Callable[[str], Value]], ...] = (
    (_is_whole, int),
    (_is_decimal, Decimal),
    (("true", "True", "TRUE").__contains__, lambda _: True),
    (("false", "False", "FALSE").__contains__, lambda _: False),
)
