"""What the tests of several folders share."""

from collections.abc import Iterator

import pytest

from agents.broker import EphemeralBroker, ephemeral_broker


@pytest.fixture(scope="session")
def broker() -> Iterator[EphemeralBroker]:
    """A real broker for the whole run, for tests that leave it up and use topics of their own."""
    with ephemeral_broker() as shared:
        yield shared
