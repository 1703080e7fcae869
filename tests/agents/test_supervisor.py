"""The parent keeps its workers running, says what it does, and takes them along when it ends."""

import json
import os
import signal
import sys
import time

import psutil
import pytest

from agents.broker_config import HOST
from agents.exits import Exit
from agents.preflight import hold_state_dir
from agents.worker import PAUSE_MAX_S, pause_before_restart
from tests.agents.cluster_kit import installation
from tests.agents.worker_kit import PATIENCE_S, environment, running

COMMAND = [sys.executable, "-m", "agents.cli", "worker"]


@pytest.fixture
def settings(broker, tmp_path):
    return installation(broker.bootstrap, tmp_path / "state", partitions=2)


@pytest.fixture
def parent(settings, tmp_path):
    """A function that starts a parent with options, and ends it with the test."""

    def start(*options, **changed):
        env = environment(settings.model_copy(update=changed))
        return running([*COMMAND, *options], env, tmp_path / "parent.log")

    return start


def wait_for(ask):
    """What `ask` gives once it is true; fails after a long while."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError("still waiting")


def is_fork(child, parent):
    """Whether the child runs what its parent does: a package that is loaded calls another program."""
    try:
        return child.cmdline() == parent.cmdline()
    except psutil.NoSuchProcess:
        return False


def children(process, count=1):
    """The worker processes of a parent once there are so many."""

    def found():
        watching = psutil.Process(process.popen.pid)
        workers = [each for each in watching.children() if is_fork(each, watching)]
        return workers if len(workers) == count else None

    return wait_for(found)


@pytest.mark.parametrize(
    ("code", "failures", "pause_s"),
    [
        (-signal.SIGKILL, 1, 0),
        (-signal.SIGKILL, 9, 0),
        (Exit.STOPPED, 1, 0),
        (Exit.STATE_DAMAGED, 1, 0),
        (Exit.STATE_DAMAGED, 2, 2),
        (Exit.UNCERTAIN, 1, 0),
        (Exit.FENCED, 1, 1),
        (Exit.UNREACHABLE, 3, 4),
        (Exit.STATE_IN_USE, 5, 16),
        (Exit.DEFECT, 6, PAUSE_MAX_S),
        (Exit.FENCED, 60, PAUSE_MAX_S),
    ],
)
def test_the_pause_grows_with_each_failure_and_a_killed_worker_has_none(code, failures, pause_s):
    assert pause_before_restart(code, failures) == pause_s


def test_a_killed_worker_is_started_again_and_all_end_with_the_parent(parent):
    with parent("--workers", "2") as process:
        wait_for(lambda: process.said.count("partitions [") >= 2)
        first, second = children(process, 2)
        os.kill(first.pid, signal.SIGKILL)
        wait_for(lambda: "was ended by signal 9; starting it again at once." in process.said)
        again = wait_for(lambda: {each.pid for each in children(process, 2)} - {first.pid, second.pid})
        wait_for(lambda: process.said.count("partitions [") >= 3)
        assert process.stop() == 0
        assert not [pid for pid in (*again, second.pid) if psutil.pid_exists(pid)]
    assert "Stopped." in process.said
    assert "Traceback" not in process.said


def test_a_parent_with_a_json_log_says_so_in_json(parent):
    with parent("--log-format", "json") as process:
        wait_for(lambda: '"assigned"' in process.said)
        (child,) = children(process)
        os.kill(child.pid, signal.SIGKILL)
        wait_for(lambda: process.said.count('"assigned"') == 2)
        assert process.stop() == 0
    told = [json.loads(line) for line in process.said.splitlines()]
    (ended,) = [each for each in told if each.get("change") == "worker_ended"]
    assert ended["event"] == "Worker 1 was ended by signal 9; starting it again at once."


def test_a_worker_is_a_fork_of_a_parent_that_has_one_thread(parent):
    with parent() as process:
        assert len(children(process)) == 1
        assert psutil.Process(process.popen.pid).num_threads() == 1
        wait_for(lambda: "partitions [" in process.said)
        assert process.stop() == 0


def test_the_worker_dies_when_its_parent_is_killed(parent):
    with parent() as process:
        (child,) = children(process)
        wait_for(lambda: "partitions [" in process.said)
        process.stop(signal.SIGKILL)
        psutil.wait_procs([child], PATIENCE_S)
        assert not child.is_running()


def test_without_a_broker_the_parent_pauses_says_so_and_still_stops_when_asked(parent):
    with parent(kafka=f"{HOST}:9") as process:
        wait_for(lambda: "Worker 1 found no Kafka broker; starting it again in 2 s." in process.said)
        assert process.stop() == 0
    assert "Traceback" not in process.said


def test_a_taken_state_directory_is_tried_again_until_it_is_free(parent, settings):
    with parent() as process:
        with hold_state_dir(settings):
            wait_for(lambda: "Worker 1 found its state directory in use; starting it again" in process.said)
        wait_for(lambda: "partitions [" in process.said)
        assert process.stop() == 0


def test_what_only_an_operator_can_cure_ends_the_parent_with_the_workers_sentence(parent):
    with parent("--rules", "nowhere.yaml") as process:
        assert process.ended() == Exit.REFUSED
    assert process.said.count("nowhere.yaml: the file cannot be read") == 1


def test_a_wrong_option_is_one_sentence(parent):
    with parent("--partitions", "0") as process:
        assert process.ended() == 2
    said = "tierline: Wrong settings: --partitions (or TIERLINE_PARTITIONS), from the command line: "
    assert process.said.startswith(said)
    assert process.said.count("\n") == 1
