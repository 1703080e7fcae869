"""The log has one line per message, whatever the client has to say; a defect of ours shows where it is."""

import subprocess
import sys

SAY = """
import logging
from agents.logs import set_up_logging
set_up_logging()
try:
    raise ConnectionResetError("closed")
except OSError:
    logging.getLogger({name!r}).exception("it failed: %s", "here")
"""


def said(name: str) -> list[str]:
    """The lines on stderr after a logger of this name logged an error."""
    done = subprocess.run([sys.executable, "-c", SAY.format(name=name)], capture_output=True, text=True)
    return done.stderr.splitlines()


def test_an_error_of_kafkas_client_is_one_line() -> None:
    (line,) = said("aiokafka.producer.sender")
    assert line.endswith("ERROR it failed: here (ConnectionResetError('closed'))")


def test_a_defect_shows_where_it_comes_from() -> None:
    first, second, *_ = said("tierline.session")
    assert first.endswith("ERROR it failed: here")
    assert second.startswith("Traceback")
