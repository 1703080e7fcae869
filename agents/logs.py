"""The worker's log: one line per message on stderr, and no floods."""

import logging
import sys
import time

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_BURST = 5
_PER_S = 10.0
_LEVELS = {"aiokafka": logging.WARNING, "asyncio": logging.WARNING, "faust": logging.CRITICAL}
_LEVELS["mode"] = logging.CRITICAL  # A crash in either ends the worker, which then says so itself.


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


def set_up_logging(level: int = logging.INFO) -> None:
    """Sends our own messages from `level` on, and Kafka's warnings, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("tierline").setLevel(level)
    limit = RateLimit()
    handler.addFilter(lambda record: record.name.startswith("tierline") or limit.filter(record))
    handler.addFilter(in_one_line)
    for name, threshold in _LEVELS.items():
        logging.getLogger(name).setLevel(threshold)
