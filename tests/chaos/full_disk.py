"""A worker whose state's disk is full while the file named by CHAOS_FULL exists."""

import os
from pathlib import Path

from rocksdict import Options, Rdict

from agents import child, store
from tests.agents.support_disk import SmallDisk


def main() -> None:
    """Runs the worker."""
    full = Path(os.environ["CHAOS_FULL"])

    def small(path: str, options: Options) -> SmallDisk:
        return SmallDisk(Rdict(path, options), full.exists)

    store.Rdict = small
    child.main()


if __name__ == "__main__":
    main()
