"""`tierline broker up|down|status`, as typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.broker import bootstrap_from_env_or_running, broker_down, running_in, wait_reachable
from agents.broker_config import HOST, free_ports, port_is_free
from agents.broker_node import NOTE
from agents.broker_process import identity
from agents.errors import UserError

Run = subprocess.CompletedProcess[str]


def tierline(*words: object) -> Run:
    """What the command printed and its exit code."""
    command = [sys.executable, "-m", "agents.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def note_of(pid: int, name: str) -> str:
    """The note of a broker with this process id."""
    return json.dumps({"pid": pid, "identity": name, "ports": [10_001, 10_002]})


def test_up_stays_until_down_which_leaves_nothing_but_the_data(tmp_path: Path) -> None:
    up = tierline("broker", "up", "--dir", tmp_path)
    assert up.returncode == 0, up.stderr
    running = running_in(tmp_path)
    assert running is not None
    try:
        where = f"{running.bootstrap} (data in {tmp_path}, pid {running.pid})\n"
        assert up.stdout == f"broker ready at {where}"
        assert tierline("broker", "up", "--dir", tmp_path).stdout == f"broker already up at {where}"
        assert tierline("broker", "status", "--dir", tmp_path).returncode == 0
        other = tierline("broker", "up", "--dir", tmp_path, "--port", 1)
        assert (other.returncode, other.stderr.count("\n")) == (1, 1)
        assert os.getsid(running.pid) == running.pid  # Closing the terminal does not end it.
        assert bootstrap_from_env_or_running(tmp_path) == running.bootstrap
    finally:
        down = tierline("broker", "down", "--dir", tmp_path)
    assert down.returncode == 0
    assert identity(running.pid) is None
    assert port_is_free(running.ports.clients)
    assert port_is_free(running.ports.controller)
    assert not (tmp_path / NOTE).exists()
    assert (tmp_path / "data" / "meta.properties").exists()
    assert tierline("broker", "status", "--dir", tmp_path).returncode == 1


def test_down_never_touches_a_process_that_was_given_the_brokers_id_later(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (tmp_path / NOTE).write_text(note_of(stranger.pid, "another boot:1"))
        assert broker_down(tmp_path) is False
        assert identity(stranger.pid)
        (tmp_path / NOTE).write_text(note_of(stranger.pid, str(identity(stranger.pid))))
        assert running_in(tmp_path) is not None  # The note is believed only with the very identity.
        stranger.kill()


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"pid": 1}', "\0", note_of(2**22 + 1, "None")])
def test_a_stale_or_damaged_note_is_no_broker(tmp_path: Path, note: str) -> None:
    (tmp_path / NOTE).write_text(note)
    assert running_in(tmp_path) is None


def test_up_takes_over_after_a_stale_note(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text(note_of(os.getpid(), "another boot:1"))
    port = next(free_ports())
    try:
        up = tierline("broker", "up", "--dir", tmp_path, "--port", port)
        assert up.stdout.startswith(f"broker ready at {HOST}:{port} ")
    finally:
        assert broker_down(tmp_path)


def test_a_port_in_use_is_one_plain_sentence(broker, tmp_path: Path) -> None:
    port = broker.running.ports.clients
    up = tierline("broker", "up", "--dir", tmp_path, "--port", port)
    assert up.returncode == 1
    assert up.stderr == (f"tierline: port {port} is in use by another program: choose another with --port.\n")
    assert running_in(tmp_path) is None


def test_with_no_broker_the_sentence_says_how_to_get_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("TIERLINE_KAFKA", raising=False)
    with pytest.raises(UserError, match="tierline broker up"):
        bootstrap_from_env_or_running(tmp_path)
    monkeypatch.setenv("TIERLINE_KAFKA", "kafka:9092")
    assert bootstrap_from_env_or_running(tmp_path) == "kafka:9092"


def test_an_address_where_nobody_answers_is_one_plain_sentence() -> None:
    address = f"{HOST}:{next(free_ports())}"
    with pytest.raises(UserError, match=f"no Kafka answers at {address}: start one with"):
        wait_reachable(address, 0.1)


def test_the_shared_broker_is_reachable_also_as_the_second_address(broker) -> None:
    wait_reachable(f"{HOST}:{next(free_ports())},{broker.bootstrap}", 0.1)
