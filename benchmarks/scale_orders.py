"""What an event costs for a customer with many orders, on the engine as a worker runs it.

`python -m benchmarks.scale_orders RULES FOLDER FEW MANY` is a process of its own: the build, if there is one,
has to be chosen before anything of the engine is loaded.
"""

import sys
from importlib import import_module
from pathlib import Path

from agents import compiled


def main(rules: str, folder: str, few: str, many: str) -> None:
    """Prints a line for customers in memory, and one for customers read from RocksDB."""
    compiled.use()
    rulebook = import_module("rules.load").load_rulebook(rules)
    for line in import_module("benchmarks.scale_history").lines(Path(folder), rulebook, int(few), int(many)):
        print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
