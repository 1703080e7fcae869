"""A worker whose state's disk is full while the file named by CHAOS_FULL exists."""

import os
from pathlib import Path
from typing import Any

from rocksdict import Rdict

from agents import child, store
from tests.agents.support_disk import SmallDisk


def main() -> None:
    """Runs the worker."""
    full = Path(os.environ["CHAOS_FULL"])

    def small(*opening: Any) -> SmallDisk:
        return SmallDisk(Rdict(*opening), full.exists)

    store.Rdict = small
    child.main()


if __name__ == "__main__":
    main()
