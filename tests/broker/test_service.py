"""The embedded broker as its clients see it."""

import os
import signal
import socket
from dataclasses import astuple
from itertools import islice

from agents.broker import EphemeralBroker, ephemeral_broker
from agents.broker_config import HOST, Ports, free_ports
from agents.broker_ephemeral import installation
from agents.broker_node import start, stop
from agents.broker_process import identity, spawn_detached
from tests.broker.kafka_io import make_topic, read_all, send


async def test_a_committed_transaction_is_read_and_an_aborted_one_is_not(broker: EphemeralBroker) -> None:
    await make_topic(broker.bootstrap, "transactions")
    await send(broker.bootstrap, "transactions", [b"lost"], commit=False)
    await send(broker.bootstrap, "transactions", [b"one", b"two"])
    assert await read_all(broker.bootstrap, "transactions") == [b"one", b"two"]


async def test_a_record_of_16_mib_is_taken(broker: EphemeralBroker) -> None:
    await make_topic(broker.bootstrap, "large")
    value = os.urandom(16 * 2**20)
    await send(broker.bootstrap, "large", [value])
    assert await read_all(broker.bootstrap, "large") == [value]


async def test_what_was_committed_survives_kill_9_and_the_port_stays(broker: EphemeralBroker) -> None:
    with ephemeral_broker() as victim:
        bootstrap, first_pid = victim.bootstrap, victim.pid
        assert bootstrap != broker.bootstrap  # Two brokers side by side.
        await make_topic(bootstrap, "kept")
        await send(bootstrap, "kept", [b"before"])
        victim.kill()
        assert identity(first_pid) is None
        victim.restart()
        assert victim.bootstrap == bootstrap
        await send(bootstrap, "kept", [b"after"])
        assert await read_all(bootstrap, "kept") == [b"before", b"after"]
        await make_topic(broker.bootstrap, "kept")
        assert await read_all(broker.bootstrap, "kept") == []
    assert identity(victim.pid) is None
    assert not victim.directory.exists()


def test_a_port_lost_at_the_last_moment_is_replaced_even_when_another_kafka_took_it(broker, tmp_path) -> None:
    with socket.create_server((HOST, 0)) as occupied:
        taken, answering = occupied.getsockname()[1], broker.running.ports.clients
        free = Ports(*islice(free_ports(), 2))
        choices = iter([taken, free.controller, answering, free.controller, *astuple(free)])
        _, running = start(tmp_path / "racing", installation(), spawn_detached, None, choices)
    try:
        assert running.ports == free
        assert identity(running.pid)
    finally:
        stop(running)
    assert identity(broker.pid)


def test_a_broker_that_does_not_stop_when_asked_is_killed(tmp_path) -> None:
    _, running = start(tmp_path, installation(), spawn_detached)
    os.kill(running.pid, signal.SIGSTOP)
    stop(running, seconds=0.2)
    assert identity(running.pid) is None
