"""The engine as machine code, where a C compiler is at hand: same source, same results, less time.

`python -m agents.compiled` builds `engine/` with mypyc into the cache, under a digest of the source, so
that a build can never be out of date. `tierline worker` runs on it when it is there, without one on the
Python source. Nothing else looks here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

import engine

SOURCE = Path(engine.__file__).parent
# Structs stay Python: msgspec makes their classes.
INTERPRETED = {"__init__.py", "effects.py", "events.py", "history.py", "order.py", "outcome.py"}
COMPILERS = ("cc", "gcc", "clang")


@cache
def home() -> Path:
    """Where the build of this very source and Python belongs."""
    content = sha256(sys.version.encode())
    for path in sorted(SOURCE.glob("*.py")):
        content.update(path.name.encode() + path.read_bytes())
    root = Path(os.environ.get("TIERLINE_CACHE", Path.home() / ".cache" / "tierline"))
    return root / f"engine-{content.hexdigest()[:16]}"


def built() -> Path | None:
    """The folder to put in front of the module path, or None when there is no build."""
    return home() if home().is_dir() else None


def use() -> None:
    """Has this process import the build in place of the source, if there is one and none was imported yet."""
    folder = built()
    if folder is not None and not any(name.startswith("engine.") for name in sys.modules):
        sys.path.insert(0, str(folder))
        engine.__path__.insert(0, str(folder / engine.__name__))


def build() -> Path:
    """Compiles the engine; the folder. Raises CalledProcessError with the compiler's words."""
    with tempfile.TemporaryDirectory(prefix="tierline-engine-") as scratch:
        work = Path(scratch)
        for package in (SOURCE, SOURCE.parent / "rules"):
            shutil.copytree(
                package, work / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.so")
            )
        modules = [
            f"engine/{path.name}" for path in sorted(SOURCE.glob("*.py")) if path.name not in INTERPRETED
        ]
        command = [sys.executable, "-c", "import mypyc.__main__ as m; m.main()", "--strict", *modules]
        subprocess.run(command, cwd=work, check=True, capture_output=True, text=True)
        shutil.rmtree(work / "build")
        shutil.rmtree(work / "rules")
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
        print("no C compiler here: the engine runs as Python")
        return 0
    print("compiling the engine (half a minute, once per change of engine/)", flush=True)
    try:
        build()
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip() or error.stdout.strip())[-300:]
        print(f"the engine could not be compiled and runs as Python: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
