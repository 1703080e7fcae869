"""The `tierline` command itself: what it prints, with which exit code, and what it does not load."""

import fcntl
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from agents.cli import COMMANDS, main

TIERLINE = [sys.executable, "-m", "agents.cli"]


def test_the_command_alone_prints_its_help(capsys) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in COMMANDS)


def test_the_version_is_the_packages(capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["--version"])
    assert ending.value.code == 0
    assert capsys.readouterr().out == "tierline 0.1.0\n"


def test_an_unknown_command_is_refused_with_the_names_that_exist(capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["brokr"])
    assert ending.value.code == 2
    complaint = capsys.readouterr().err
    assert all(name in complaint for name in ("brokr", *COMMANDS))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        main([name, "--help"])
    assert ending.value.code == 0
    assert f"usage: tierline {name}" in capsys.readouterr().out
    assert callable(import_module(COMMANDS[name][0]).main)


def waits_for_a_lock(pid: int) -> bool:
    """Whether the process is held up by a file lock of another one."""
    return any("->" in line and f" {pid} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_control_c_ends_a_command_with_130_and_no_traceback(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # So that `broker down` has something to wait for.
        with subprocess.Popen(
            [*TIERLINE, "broker", "down", "--dir", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as waiting:
            while not waits_for_a_lock(waiting.pid):
                time.sleep(0.02)
            waiting.send_signal(signal.SIGINT)
            assert waiting.communicate(timeout=10) == (b"", b"")
    assert waiting.returncode == 130


def test_a_reader_that_has_gone_ends_the_command_quietly(tmp_path: Path) -> None:
    command = [*TIERLINE, "broker", "status", "--dir", tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talking:
        talking.stdout.close()
        assert talking.stderr.read() == b""
    assert talking.returncode == 141


def test_only_the_worker_loads_faust() -> None:
    modules = [module for name, (module, _) in COMMANDS.items() if name != "worker"]
    script = f"import sys, {', '.join(modules)}; sys.exit('faust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
