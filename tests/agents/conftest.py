"""What a killed worker left in Kafka, for the tests of `tierline verify`."""

import asyncio
import shutil

import pytest

from tests.agents.support_verify import worked


@pytest.fixture(scope="module")
def installed(broker, tmp_path_factory):
    """(settings, dump) of what a worker did; neither may be changed."""
    folder = tmp_path_factory.mktemp("verified")
    return asyncio.run(worked(broker.bootstrap, folder)), folder / "dump"


@pytest.fixture
def dumped(installed, tmp_path):
    """A copy of the dump, to be changed."""
    return shutil.copytree(installed[1], tmp_path / "dump")
