"""What is compiled is the same: tests of the engine, the records and the run pass on it; workers use it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents import compiled

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def build() -> Path | None:
    """The build of this source; None on a machine without a C compiler."""
    compiled.main()
    return compiled.built()


def test_the_engine_is_compiled_exactly_where_a_compiler_is_at_hand(build) -> None:
    assert (build is not None) == any(shutil.which(name) for name in compiled.COMPILERS)


def test_every_test_of_the_engine_and_the_run_passes_on_the_build(build) -> None:
    patterns = ("engine", "topics/test_[dei]*.py", "agents/test_run_journal.py", "agents/test_replay.py")
    tests = [str(path) for pattern in patterns for path in (ROOT / "tests").glob(pattern)]
    code = f"from agents.compiled import use; use(); import sys, pytest; sys.exit(pytest.main({tests}))"
    command = [sys.executable, "-P", "-c", code]
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


def test_a_worker_uses_all_of_the_build(build) -> None:
    code = """
import importlib
from agents import compiled
from agents.worker import load_once
load_once()
for source in compiled.sources():
    print(importlib.import_module(source.removesuffix(".py").replace("/", ".")).__file__)
"""
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    found = ran.stdout.split()
    assert len(found) == len(compiled.sources())
    assert all(Path(file).is_relative_to(build or ROOT) for file in found)


def test_the_build_is_not_chosen_too_late(build) -> None:
    code = "import engine.step; from agents.compiled import use; use()"
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert ran.returncode == (1 if build else 0)
    assert ("imported before the build was chosen: engine." in ran.stderr) == (build is not None)


@pytest.mark.parametrize("changed", ["engine/step.py", "engine/effects.py", "rules/book.py", "agents/run.py"])
def test_a_changed_source_does_not_use_an_older_build(changed, tmp_path, monkeypatch) -> None:
    before = compiled.home()
    for name in ("agents", "engine", "rules", "topics"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / changed).write_text("changed = True")
    monkeypatch.setattr(compiled, "ROOT", tmp_path)
    compiled.home.cache_clear()
    try:
        assert compiled.home() != before
        assert compiled.built() is None
    finally:
        compiled.home.cache_clear()
