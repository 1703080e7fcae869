"""What pydantic found wrong in a rulebook file, put into words and lines for its author."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from rules.book import Book
from rules.errors import Refusal, RuleError
from rules.keys import Keys
from rules.source import Path, Source
from rules.tier_keys import TAGS, ConditionKeys
from rules.values import in_words, nearest, quoted

_LATER = """
    announced_at approver attributes author benefits calendar clawback clv compensation
    consent direction effective_from effective_to experiment experiments expires
    grace_days hysteresis identity kpi max_redeem merge min_progress notice_days notify
    override policy privacy redeem redemption refunds repeat repeat_level retention review
    schedule scope segments status suppression tier_sets transfer transition
    valid_until
"""
NOT_YET = frozenset(_LATER.split())
"""Keys that the programme's rules are known to need later; this version obeys none of them."""

_TAGS = TAGS | {"a fact", "one", "many", "number", "criteria"}
_MEANT = MappingProxyType(
    {
        "program": "programme",
        "enrollment": "enrolment",
        "tq": "qualifying",
        "tier": "tiers",
        "caps": "cap",
        "program_cap": "cap",
        "bonus": "bonuses",
        "min": "at_least",
        "threshold": "at_least",
        "rate": "points",
        "factor": "times",
        "multiplier": "times",
        "event": "kind",
        "type": "kind",
        "store_id": "store",
        "condition": "when",
        "conditions": "entry",
        "engagements": "engagement",
        "currencies": "currency",
        "tz": "timezone",
    }
)


def complaints(error: ValidationError, source: Source, root: type[Keys] = Book) -> list[RuleError]:
    """One RuleError per mistake, at the line of the key it is about; unknown keys come first.

    `root` is the model that describes the whole file.
    """
    details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] != "extra_forbidden")
    return [_complaint(detail, source, root) for detail in details]


def _complaint(detail: ErrorDetails, source: Source, root: type[Keys]) -> RuleError:
    """One mistake in words."""
    path = _in_file(detail["loc"], source)
    if detail["type"] == "extra_forbidden":
        return source.error(path, *_unknown_key(path, root))
    if detail["type"] == "missing":
        remedy = f"add it, for example `{path[-1]}: {_example(path, root)}`"
        return source.error(path, "this key is missing", remedy)
    refusal = detail.get("ctx", {}).get("error")
    if isinstance(refusal, Refusal):
        return source.error(path, refusal.what, refusal.remedy)
    return source.error(path, *_wrong_value(detail))


def _in_file(loc: tuple[int | str, ...], source: Source) -> Path:
    """The place in the file, without the names pydantic adds for the branch of a choice."""
    path: Path = ()
    for number, part in enumerate(loc):
        last = number == len(loc) - 1
        if (*path, part) in source.lines or (last and part not in _TAGS):
            path = (*path, part)
    return path


def _unknown_key(path: Path, root: type[Keys]) -> tuple[str, str]:
    """What to say of a key that the file format does not have at this place."""
    key, model = str(path[-1]), _model_at(path[:-1], root)
    known = frozenset(model.names())
    if model is ConditionKeys and key in ConditionKeys.other_forms:
        return f"{key} stands beside a number to reach", f"write {{{key}: ...}} as a condition of its own"
    near = _MEANT.get(key)
    near = near if near in known else nearest(key, known)
    if near and near not in NOT_YET and key not in NOT_YET:
        return "this key is not known here", f"did you mean {near}?"
    if key in NOT_YET:
        return "this key is not available in this version", "delete it"
    return "this key is not known here", f"use {quoted(sorted(known))}"


def _wrong_value(detail: ErrorDetails) -> tuple[str, str]:
    """What to say of a value of the wrong type or range."""
    value, bounds = detail["input"], detail.get("ctx", {})
    shown = in_words(value)
    if isinstance(value, dict) and (later := sorted(NOT_YET & value.keys())):
        return f"{later[0]} is not available in this version", "delete it"
    say = _SAYINGS.get(detail["type"])
    return say(shown, bounds) if say else (f"{shown} is refused", detail["msg"])


_Saying = Callable[[str, dict[str, Any]], tuple[str, str]]
_SAYINGS: MappingProxyType[str, _Saying] = MappingProxyType(
    {
        "string_type": lambda shown, _: (
            f"{shown} is not a text",
            "write one, in quotes if it looks like a number",
        ),
        "int_type": lambda shown, _: (f"{shown} is not a whole number", "write digits only, without quotes"),
        "bool_type": lambda shown, _: (f"{shown} is neither true nor false", "write true or false"),
        "list_type": lambda shown, _: (f"{shown} is not a list", "write [a, b] or one `- item` per line"),
        "model_type": lambda shown, _: (f"{shown} is not a group of keys", "write `key: value` lines"),
        "greater_than": lambda shown, at: (f"{shown} is too small", f"write more than {at['gt']}"),
        "greater_than_equal": lambda shown, at: (f"{shown} is too small", f"write at least {at['ge']}"),
        "less_than": lambda shown, at: (f"{shown} is too large", f"write less than {at['lt']}"),
        "less_than_equal": lambda shown, at: (f"{shown} is too large", f"write at most {at['le']}"),
        "decimal_max_places": lambda shown, at: (
            f"{shown} has too many decimals",
            f"write at most {at['decimal_places']} of them",
        ),
        "too_short": lambda _, __: ("the list is empty", "give at least one item, or delete the key"),
        "too_long": lambda _, at: ("the list is too long", f"give at most {at['max_length']} items"),
        "string_too_short": lambda _, __: ("the text is empty", "give it at least one character"),
        "string_too_long": lambda _, at: ("the text is too long", f"keep to {at['max_length']} characters"),
        "string_pattern_mismatch": lambda shown, at: (
            f"{shown} is not a name",
            "use small letters a-z, digits and hyphens" + (" or underscores" if "_" in at["pattern"] else ""),
        ),
    }
)


def _model_at(path: Path, root: type[Keys]) -> type[Keys]:
    """The model that describes the group of keys at `path`."""
    model = root
    for part in path:
        if isinstance(part, str):
            field = _field(model, part)
            model = (_model_in(field.annotation) if field else None) or model
    return model


def _field(model: type[Keys], key: str) -> FieldInfo | None:
    """The field behind a key as a file writes it."""
    return next((f for name, f in model.model_fields.items() if (f.alias or name) == key), None)


def _model_in(annotation: Any) -> type[Keys] | None:
    """The first model named by a type annotation, or None."""
    if isinstance(annotation, type) and issubclass(annotation, Keys):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _example(path: Path, root: type[Keys]) -> str:
    """An example value of the key at `path`, as one would write it."""
    field = _field(_model_at(path[:-1], root), str(path[-1]))
    return _written(((field and field.examples) or ["..."])[0])


def _written(value: Any) -> str:
    """A value in YAML's one-line form."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    return f"{value:.2f}" if isinstance(value, float) and value == 1 else str(value)
