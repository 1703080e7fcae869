"""Instructions per event, function by function, where other work on the machine would blur every time.

`python -m benchmarks.instructions [RULES]` counts what a run of the compiled engine executes, by Valgrind's
callgrind (Debian: `apt-get install valgrind`). The customers are known from a run before; nothing is sent and
nothing is stored. Valgrind offers the program no instructions for SHA-256, so the journal's hash counts
for some ten times what it is.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from agents.compiled import built
from agents.memory import MemoryStore
from agents.run import Partition
from benchmarks.budget import first_records
from rules.load import load_rulebook
from topics.catalogue import Catalogue

CUSTOMERS = 4_000
EVENTS = 4_000  # Of one partition, in each of the two runs.
LEAST = 0.02  # Of the whole: what takes less is not shown.
APPLY = "CPyDef_run___Partition___apply"
_LINE = re.compile(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+\S*:(CPyDef_\w+) ")
_RUNS = """
import sys
from agents.compiled import use
use()
from benchmarks.instructions import runs
runs(sys.argv[1])
"""


def main(rules: str) -> None:
    """Counts and prints: inclusive, so a function's callees are in its number."""
    if built() is None:
        sys.exit("there is no compiled engine to count: run `make compiled`, which needs a C compiler")
    if shutil.which("callgrind_annotate") is None:
        sys.exit("valgrind is missing: install it (Debian: apt-get install valgrind)")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        tool += [f"--toggle-collect={APPLY}", f"--dump-after={APPLY}"]
        command = [*tool, sys.executable, "-c", _RUNS, rules]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shown = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", f"{out}.2"]
        told = subprocess.run(shown, check=True, stdout=subprocess.PIPE, text=True).stdout
    counted = counts(told)
    whole = counted[APPLY]
    print(f"instructions per event, {Path(rules).name}, {EVENTS:,} events of customers who are known:")
    for function, number in sorted(counted.items(), key=lambda each: -each[1]):
        if number >= whole * LEAST:
            print(f"{number / EVENTS:11,.0f}  {number / whole:4.0%}  {named(function)}")


def counts(annotated: str) -> dict[str, int]:
    """The instructions of each compiled function, with all it calls, from what callgrind_annotate prints."""
    found: dict[str, int] = {}
    for line in annotated.splitlines():
        if (match := _LINE.match(line)) is not None:
            found.setdefault(match[2], int(match[1].replace(",", "")))
    return found


def named(function: str) -> str:
    """The Python name of a compiled function."""
    return function.removeprefix("CPyDef_").replace("___", ".")


def runs(rules: str) -> None:
    """Two runs of a partition, in this process; callgrind counts both and keeps them apart."""
    catalogue, rulebook, store = Catalogue(partitions=4), load_rulebook(rules), MemoryStore()
    records = first_records(catalogue, CUSTOMERS, rulebook.currency, 2 * EVENTS)
    partition = Partition(0, store, catalogue, rulebook)
    for start in (0, EVENTS):
        run = records[start : start + EVENTS]
        work = partition.apply(run, {run[0].topic: start + EVENTS})
        assert work is not None
        store.write([*work.changelog, *work.index])
        partition.settle(work)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m benchmarks.instructions")
    parser.add_argument("rules", nargs="?", default="rules/programs/default.yaml")
    main(parser.parse_args().rules)
