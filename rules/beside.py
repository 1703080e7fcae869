"""A file that a rulebook names, read into the rulebook's own text: so its hash and its record hold all."""

from collections.abc import Callable
from decimal import Decimal
from json import JSONDecodeError, dumps, loads
from typing import Any, Final

from pydantic import ValidationError

from rules.churn_keys import FILE, ModelKeys
from rules.complaints import complaints
from rules.errors import RuleError, gathered, shortened
from rules.source import Source, read_source

_PLACE: Final = ("churn", "model", FILE)
_REMEDY: Final = f"write it with `tierline model fit EVENTS --out {{}}`, or correct `{FILE}`"


def with_model(source: Source, text: str, read: Callable[[str], tuple[str, str]]) -> str:
    """The text with the model's numbers in place of the name of their file; as it is where it names none.

    `read` gives the path and the text of a file beside the rulebook, or raises OSError or ValueError. Raises
    RuleError for a file that cannot be read, or is no model.
    """
    name = _named(source)
    if name is None:
        return text
    if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"):
        remedy = "put the file beside the rulebook, and write its name alone"
        raise source.error(_PLACE, f"{shortened(name)} is not beside the rulebook", remedy)
    try:
        where, content = read(name)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise source.error(
            _PLACE, f"{shortened(name)} cannot be read ({reason})", _REMEDY.format(shortened(name))
        ) from None
    found = _read(content, where, name)
    try:
        ModelKeys.model_validate(found.value)
    except ValidationError as error:
        raise gathered(complaints(error, found, ModelKeys)) from None
    start, end = source.spans[_PLACE]
    return text[:start] + _in_one_line(found.value) + text[end:]


def _read(content: str, where: str, name: str) -> Source:
    """The file's values with their lines. Raises RuleError where it is no JSON of keys and values."""
    try:
        known = loads(content)
    except JSONDecodeError as error:
        what = f"this is not JSON ({error.msg.lower()})"
        raise RuleError(where, error.lineno, "", what, _REMEDY.format(shortened(name))) from None
    if not isinstance(known, dict) or not known:
        raise RuleError(where, 1, "", "this is no model", _REMEDY.format(shortened(name)))
    return read_source(content, where)  # With the digits of numbers as they are, and all lines.


def _named(source: Source) -> str | None:
    """The file that the rulebook's model stands in, None where it has none."""
    here: Any = source.value
    for key in _PLACE:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, str) else None


def _in_one_line(value: Any) -> str:
    """Values of a file as YAML in one line, numbers digit by digit as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dumps(key)}: {_in_one_line(item)}" for key, item in value.items()) + "}"
    return f"{value:f}" if isinstance(value, Decimal) else dumps(value, ensure_ascii=False)
