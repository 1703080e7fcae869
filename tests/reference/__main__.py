"""Judges one history again and tells it: `python -m tests.reference RULEBOOK SEED [END]`."""

import sys

from tests.reference.judge import differences


def main() -> int:
    """0 when the engine and the model agree."""
    name, first = sys.argv[1], int(sys.argv[2])
    end = int(sys.argv[3]) if len(sys.argv) > 3 else first + 1
    parted = {seed: told for seed in range(first, end) if (told := differences(name, seed))}
    for seed, told in parted.items():
        print(f"rulebook {name}, seed {seed}:", *told, sep="\n")
    print(f"{end - first} histories of {name}, {len(parted)} parted")
    return 1 if parted else 0


if __name__ == "__main__":
    sys.exit(main())
