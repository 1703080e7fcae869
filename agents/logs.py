"""The worker's log on stderr: a line per change of state, as text or as JSON, and no floods.

Nothing is logged per event, and no customer is named: of an exception that may quote one, only its type and
where it was raised are told. What a machine should know besides the sentence is in `extra`; `change` names
what has changed.
"""

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any, Literal

import orjson
import structlog
from aiokafka.errors import KafkaError

Format = Literal["text", "json"]

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_BURST = 5
_PER_S = 10.0
_LEVELS = {"aiokafka": logging.WARNING, "asyncio": logging.WARNING, "faust": logging.CRITICAL}
_LEVELS["mode"] = logging.CRITICAL  # A crash in either ends the worker, which then says so itself.
_FROM_OUTSIDE = (OSError, KafkaError, TimeoutError, MemoryError)  # Their messages quote no event.
_WITHHELD = "the message is withheld, for it may name a customer"


class RateLimit(logging.Filter):
    """At most a few equal messages in ten seconds: a broker that is away causes thousands of them."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written; counted by its text before arguments are put in."""
        now = time.monotonic()
        since, count = self._counts.get(str(record.msg), (now, 0))
        if now - since > _PER_S:
            since, count = now, 0
        self._counts[str(record.msg)] = (since, count + 1)
        return count < _BURST


def in_one_line(record: logging.LogRecord) -> bool:
    """True; names an error of Kafka's client behind its message, in place of a traceback.

    A broker that goes away causes many, and they tell nothing about where to look.
    """
    if record.exc_info and record.name.startswith("aiokafka"):
        record.msg, record.args = f"{record.getMessage()} ({record.exc_info[1]!r})", ()
        record.exc_info = record.exc_text = None
    return True


def told(error: BaseException | None) -> str:
    """Where an exception was raised, with what caused it first, and its message if that is safe."""
    parts: list[str] = []
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        message = str(error) if isinstance(error, _FROM_OUTSIDE) else f"({_WITHHELD})"
        parts.append(f"Traceback (most recent call last):\n{frames}{type(error).__name__}: {message}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich led to:\n\n".join(reversed(parts))


class _Text(logging.Formatter):
    """A line for people; a defect shows where it comes from below it."""

    def formatException(self, ei: Any) -> str:
        """The traceback without what may be personal."""
        return told(ei[1])


def _json(always: dict[str, Any]) -> logging.Formatter:
    """One JSON object per line: `ts`, `level`, `logger`, `event` (the sentence), `always`, and the extras."""

    def add_always(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**always, **event}

    def add_exception(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        found = event.pop("exc_info", None)
        return {**event, "exception": told(found[1])} if found else event

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            add_always,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            add_exception,
            structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode()),
        ],
    )


def set_up_logging(log_format: Format = "text", level: int = logging.INFO, **always: Any) -> None:
    """Sends our own messages from `level` on, and Kafka's warnings, to stderr.

    `always` stands in every JSON line. May be called again, when more is known.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json(always) if log_format == "json" else _Text(_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("tierline").setLevel(level)
    limit = RateLimit()
    handler.addFilter(lambda record: record.name.startswith("tierline") or limit.filter(record))
    handler.addFilter(in_one_line)
    for name, threshold in _LEVELS.items():
        logging.getLogger(name).setLevel(threshold)
