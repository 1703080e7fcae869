"""Where settings come from: the command line, the environment, `.env`, a file; the first that has one wins.

An empty value counts as none, as container files write variables that nobody set.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from agents.errors import UserError

PREFIX = "TIERLINE_"
DOTENV = ".env"
FILE = "tierline.toml"
FILE_VARIABLE = "TIERLINE_CONFIG"
NOT_SETTINGS = frozenset({FILE_VARIABLE, "TIERLINE_PARENT", "TIERLINE_CACHE", "TIERLINE_EXITS"})
WRONG = 2


@dataclass(frozen=True)
class Layer:
    """What one source says, by the settings' names."""

    origin: str
    values: Mapping[str, object]


def layers(known: Collection[str], named: Mapping[str, object]) -> list[Layer]:
    """The sources, the one that wins first. Raises UserError for a file that has what is no setting."""
    told = [Layer("the command line", _given(named)), Layer("the environment", _named(os.environ, known))]
    return [*told, _dotenv(known), _file(known)]


def merged(found: list[Layer]) -> dict[str, object]:
    """Each setting as the first source has it."""
    values: dict[str, object] = {}
    for layer in reversed(found):
        values |= layer.values
    return values


def strangers(known: Collection[str]) -> list[str]:
    """Variables of the environment that look like settings and are none."""
    return sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name not in NOT_SETTINGS and name[len(PREFIX) :].lower() not in known
    )


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _named(variables: Mapping[str, str | None], known: Collection[str]) -> dict[str, object]:
    """The settings among variables."""
    return _given({name: variables.get(PREFIX + name.upper()) for name in known})


def _dotenv(known: Collection[str]) -> Layer:
    path = Path(DOTENV)
    if not path.is_file():
        return Layer(DOTENV, {})
    try:
        variables = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{DOTENV} cannot be read ({error}): make it readable, UTF-8, or remove it.", WRONG
        ) from None
    ours = [name for name in variables if name.startswith(PREFIX) and name not in NOT_SETTINGS]
    _refuse_unknown(DOTENV, ours, [PREFIX + name.upper() for name in known])
    return Layer(DOTENV, _named(variables, known))


def _file(known: Collection[str]) -> Layer:
    """The configuration file: the one that TIERLINE_CONFIG names, else `tierline.toml` if it is there."""
    named = os.environ.get(FILE_VARIABLE)
    path = Path(named or FILE)
    if not named and not path.is_file():
        return Layer(FILE, {})
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): correct {FILE_VARIABLE}.", WRONG
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}.", WRONG) from None
    _refuse_unknown(str(path), values, list(known))
    return Layer(str(path), _given(values))


def _refuse_unknown(where: str, found: Collection[str], known: list[str]) -> None:
    for name in found:
        if name not in known:
            close = get_close_matches(name, known, 1)
            meant = (
                f"; did you mean {close[0]}?" if close else "; see `tierline config show` for what there is."
            )
            raise UserError(f"{where}: there is no setting {name}{meant}", WRONG)
