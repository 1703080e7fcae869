"""What the tests of several folders share."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from agents.broker import EphemeralBroker, ephemeral_broker

REPORTED = "reported"

# Properties are judged by what they find and never by how long they take.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def broker() -> Iterator[EphemeralBroker]:
    """A real broker, one for each process that runs tests, for those that leave it up; topics of your own."""
    with ephemeral_broker() as shared:
        yield shared


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A function that adds a line to the end of pytest's own output, where nothing captures it."""
    return lambda line: record_property(REPORTED, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the tests had to report, each line once, whichever process ran them."""
    ended = [each for reports in terminalreporter.stats.values() for each in reports]
    told = [pair for each in ended for pair in getattr(each, "user_properties", ())]
    for line in dict.fromkeys(line for name, line in told if name == REPORTED):
        terminalreporter.write_line(str(line))
