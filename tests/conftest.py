"""What the tests of several folders share."""

from collections.abc import Callable, Iterator

import pytest

from agents.broker import EphemeralBroker, ephemeral_broker

REPORTED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def broker() -> Iterator[EphemeralBroker]:
    """A real broker for the whole run of the tests, for those that leave it up and use their own topics."""
    with ephemeral_broker() as shared:
        yield shared


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A function that adds a line to the end of pytest's own output, where nothing captures it."""
    return request.config.stash.setdefault(REPORTED, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints what the tests had to report."""
    for line in config.stash.get(REPORTED, []):
        terminalreporter.write_line(line)
