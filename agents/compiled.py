"""The engine and the run as machine code, where a C compiler is at hand: same source and results, less time.

`python -m agents.compiled` builds them with mypyc into the cache, under a digest of the source, so that a
build can never be out of date. `tierline worker` runs on it when it is there, without one on the Python
source. Nothing else looks here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

import agents
import engine
import rules
import topics

ROOT = Path(agents.__file__).parents[1]
PACKAGES = {"agents": agents, "engine": engine, "rules": rules, "topics": topics}
# All of the engine but its structs, whose classes msgspec makes, and what else every event meets.
_STRUCTS = {
    "__init__.py",
    "churn_effects.py",
    "cutoffs.py",
    "effects.py",
    "events.py",
    "history.py",
    "ledger_effects.py",
    "life.py",
    "life_effects.py",
    "notice_effects.py",
    "order.py",
    "outcome.py",
    "profile_parts.py",
    "tier_effects.py",
}
_RUN = (
    "agents/accounts.py",
    "agents/cabinet.py",
    "agents/chain.py",
    "agents/flow.py",
    "agents/outbox.py",
    "agents/population.py",
    "agents/run.py",
    "agents/tallies.py",
    "agents/views.py",
)
_RULES = (
    "rules/compiled.py",
    "rules/compiled_churn.py",
    "rules/compiled_engagement.py",
    "rules/compiled_facts.py",
    "rules/compiled_members.py",
    "rules/compiled_tiers.py",
    "rules/notices.py",
    "rules/strategies.py",
    "rules/wallets.py",
)
_RECORDS = ("topics/decode.py", "topics/encode.py", "topics/framing.py", "topics/instants.py")
_READ_BY_RUN = ("agents/journal.py", "agents/work.py")
COMPILERS = ("cc", "gcc", "clang")


def sources() -> list[str]:
    """The files to compile, from the root."""
    engines = sorted(path.name for path in (ROOT / "engine").glob("*.py") if path.name not in _STRUCTS)
    return [f"engine/{name}" for name in engines] + [*_RULES, *_RUN, *_RECORDS]


@cache
def home() -> Path:
    """Where the build of this very source and Python belongs."""
    content = sha256(sys.version.encode())
    known = [path for name in ("engine", "rules", "topics") for path in sorted((ROOT / name).glob("*.py"))]
    for path in [*known, *(ROOT / name for name in _RUN + _READ_BY_RUN)]:
        content.update(path.name.encode() + path.read_bytes())
    root = Path(os.environ.get("TIERLINE_CACHE", Path.home() / ".cache" / "tierline"))
    return root / f"compiled-{content.hexdigest()[:16]}"


def built() -> Path | None:
    """The folder with the build, or None when there is none."""
    return home() if home().is_dir() else None


def in_use() -> bool:
    """Whether the engine in this process is the compiled one."""
    return not str(sys.modules["engine.step"].__file__).endswith(".py")


def use() -> None:
    """Has this process import the build in place of the source, if there is one.

    Raises RuntimeError when some of the source was imported before.
    """
    folder = built()
    if folder is None:
        return
    early = [name for name in map(_module, sources()) if name in sys.modules]
    if early:
        raise RuntimeError(f"imported before the build was chosen: {', '.join(early)}")
    sys.path.insert(0, str(folder))
    for name, package in PACKAGES.items():
        package.__path__.insert(0, str(folder / name))


def _module(source: str) -> str:
    return source.removesuffix(".py").replace("/", ".")


def build() -> Path:
    """Compiles; the folder. Raises CalledProcessError with the compiler's words."""
    with tempfile.TemporaryDirectory(prefix="tierline-compiled-") as scratch:
        work = Path(scratch)
        for name in PACKAGES:
            shutil.copytree(ROOT / name, work / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        command = [sys.executable, "-c", "import mypyc.__main__ as m; m.main()", "--strict", *sources()]
        subprocess.run(command, cwd=work, check=True, capture_output=True, text=True)
        shutil.rmtree(work / "build")
        for path in [path for path in work.rglob("*") if path.is_file() and path.suffix != ".so"]:
            path.unlink()
        return _keep(work)


def _keep(work: Path) -> Path:
    """Moves a finished build to its place at once, so that nobody meets half of one."""
    home().parent.mkdir(parents=True, exist_ok=True)
    near = Path(tempfile.mkdtemp(dir=home().parent))
    shutil.copytree(work, near, dirs_exist_ok=True)
    try:
        near.rename(home())
    except OSError:  # Another process was faster.
        shutil.rmtree(near)
    return home()


def main() -> int:
    """Builds unless it is done already; without a compiler the Python source serves."""
    if built() is not None:
        return 0
    if not any(shutil.which(name) for name in COMPILERS):
        print("no C compiler here: events run through Python")
        return 0
    print("compiling what every event runs through (half a minute, once per change of it)", flush=True)
    try:
        build()
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip() or error.stdout.strip())[-300:]
        print(f"compiling failed, so events run through Python: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
