"""The compiled engine is the same engine: its whole test suite passes on it, and the worker runs on it."""

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


def test_every_engine_test_passes_on_the_build_or_on_the_source_without_one(build) -> None:
    path = f"{build} {ROOT}" if build else str(ROOT)
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-o",
        f"pythonpath={path}",
        str(ROOT / "tests" / "engine"),
    ]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "1"}
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_a_worker_uses_the_build(build) -> None:
    code = "from agents.worker import load_once; load_once(); import engine.step; print(engine.step.__file__)"
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert Path(ran.stdout.strip()).is_relative_to(build or ROOT)


def test_a_changed_source_does_not_use_an_older_build(tmp_path, monkeypatch) -> None:
    before = compiled.home()
    shutil.copytree(compiled.SOURCE, tmp_path / "engine")
    (tmp_path / "engine" / "step.py").write_text("changed = True")
    monkeypatch.setattr(compiled, "SOURCE", tmp_path / "engine")
    compiled.home.cache_clear()
    try:
        assert compiled.home() != before
        assert compiled.built() is None
    finally:
        compiled.home.cache_clear()
