"""The shape of the repository: who imports whom, what the pure rooms must not touch, how long a file is."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.compiled import sources

ROOT = Path(__file__).parent.parent
FLOW = ("rules", "engine", "topics", "agents")  # Each may import itself and those before it.
FOLDERS = (*FLOW, "demo", "benchmarks", "examples", "grafana", "tests")
CODE = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PROSE = sorted(
    path.relative_to(ROOT)
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "Makefile",
        ".ci/*",
        "*/*.yaml",
        "*/*/*.yaml",
        "*.toml",
        "*.lock",
        "*/*.lock",
    )
    for path in ROOT.glob(pattern)
)
MAX_LINES = 299

IMPURE_MODULES = {
    *("asyncio", "concurrent", "multiprocessing", "select", "signal", "subprocess", "threading"),
    *("glob", "http", "io", "os", "pathlib", "shutil", "socket", "sqlite3", "sys", "tempfile", "urllib"),
    *("logging", "random", "secrets", "time"),
    *("aiokafka", "faust", "kafka", "mode", "prometheus_client", "psutil", "requests", "rich", "rocksdict"),
}
IMPURE_CALLS = {"open", "print", "input", "breakpoint"}
CLOCKS = {"now", "utcnow", "today", "uuid1", "uuid4"}
RIVAL = Path("benchmarks/peers/faust_job.py")  # Faust used as in its guide, to be measured beside ours.
SKIPS = {"skip", "skipif", "xfail", "importorskip"}
READS_ITS_FILE = {Path("rules/load.py")}  # Everything that turns a path into text stands there.

# Words that make sense on one machine only, or name a place to download from.
PRIVATE = re.compile(
    r"/(?:home|root|work|Users)/\w|\bthe issue\b|\bissue #?\d"
    r"|maven\.(?:org|apache)|pypi\.org|pythonhosted|npmjs\.|crates\.io"
)


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file of the repository."""
    return ast.parse((ROOT / path).read_text(), str(path))


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, relative imports as "."."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def imported_packages(tree: ast.Module) -> set[str]:
    """The first name of every module that a file imports."""
    return {module.partition(".")[0] for module in imported_modules(tree)}


def called_names(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The name of every call, and whether it is called on something: `x.now()` gives ("now", True)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, False


def wrong_imports(path: Path, tree: ast.Module) -> set[str]:
    """The packages of ours that a file imports against the flow; a relative import counts as wrong."""
    room = path.parts[0]
    allowed = set(FLOW[: FLOW.index(room) + 1]) if room in FLOW else set(FOLDERS)
    return imported_packages(tree) & ({*FOLDERS, ""} - allowed)


def impurities(path: Path, tree: ast.Module) -> set[str]:
    """What a file of a pure room uses of clock, chance, network, disk, screen and log."""
    calls = {
        name
        for name, on_something in called_names(tree)
        if name in (CLOCKS if on_something else IMPURE_CALLS)
    }
    found = calls | imported_packages(tree) & IMPURE_MODULES
    return found - {"pathlib", "open"} if path in READS_ITS_FILE else found


def skips(tree: ast.Module) -> set[str]:
    """What a file of tests uses of pytest to pass without having tested."""
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imports = [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "pytest"
    ]
    named = {f"pytest.{alias.name}" for node in imports for alias in node.names}
    return {name for name in used | named if name.startswith("pytest.") and name.split(".")[-1] in SKIPS}


def private_words(text: str) -> list[str]:
    """What a text says that only its writer's machine understands."""
    return [found.group() for found in PRIVATE.finditer(text)]


@pytest.mark.parametrize("path", CODE, ids=str)
def test_imports_follow_the_flow(path: Path) -> None:
    assert wrong_imports(path, tree_of(path)) == set()


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[0] in ("rules", "engine")], ids=str)
def test_rules_and_engine_are_pure(path: Path) -> None:
    assert impurities(path, tree_of(path)) == set()


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[0] not in ("agents", "tests")], ids=str)
def test_only_agents_know_faust(path: Path) -> None:
    found = imported_packages(tree_of(path)) & {"faust", "mode"}
    assert found == ({"faust"} if path == RIVAL else set())


@pytest.mark.parametrize("path", CODE, ids=str)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", CODE, ids=str)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[0] == "tests"], ids=str)
def test_no_test_is_skipped(path: Path) -> None:
    assert skips(tree_of(path)) == set()


@pytest.mark.parametrize("path", PROSE, ids=str)
def test_prose_makes_sense_on_any_machine(path: Path) -> None:
    assert private_words((ROOT / path).read_text()) == []


def test_what_is_compiled_is_checked_for_its_types_first() -> None:
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    assert [path for path in sources() if path not in checked and path.split("/")[0] not in checked] == []


def test_the_checks_look_at_every_room() -> None:
    assert {path.parts[0] for path in CODE} == set(FOLDERS)
    assert {Path("README.md"), Path("Makefile"), Path("pyproject.toml")} <= set(PROSE)


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("rules/a.py", "from engine.events import Line", {"engine"}),
        ("engine/a.py", "def f():\n    import topics.models", {"topics"}),
        ("topics/a.py", "import agents", {"agents"}),
        ("agents/a.py", "from demo import events\nimport topics", {"demo"}),
        ("agents/a.py", "from . import store", {""}),
        ("demo/a.py", "import agents, engine", set()),
    ],
)
def test_an_import_against_the_flow_is_seen(path: str, source: str, wrong: set[str]) -> None:
    assert wrong_imports(Path(path), ast.parse(source)) == wrong


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("engine/a.py", "import time", {"time"}),
        ("engine/a.py", "from os.path import join", {"os"}),
        ("engine/a.py", "from datetime import datetime\ndatetime.now()", {"now"}),
        ("engine/a.py", "import uuid\nuuid.uuid4()", {"uuid4"}),
        ("rules/a.py", "open('x')", {"open"}),
        ("rules/load.py", "import pathlib, random\nopen('x')", {"random"}),
        ("engine/a.py", "from datetime import timedelta\nself.open(1)", set()),
    ],
)
def test_a_clock_or_chance_or_disk_in_a_pure_room_is_seen(path: str, source: str, found: set[str]) -> None:
    assert impurities(Path(path), ast.parse(source)) == found


@pytest.mark.parametrize(
    "source", ["@pytest.mark.skipif(x, reason='')\ndef test_it(): ...", "from pytest import skip\nskip('')"]
)
def test_a_skip_is_seen(source: str) -> None:
    assert skips(ast.parse(source))


@pytest.mark.parametrize("text", ["see /home/" + "me/x", "as the is" + "sue says", "from pypi" + ".org"])
def test_words_of_one_machine_are_seen(text: str) -> None:
    assert private_words(text)
