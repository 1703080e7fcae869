"""Recreate `demo/data/CDNOW_master.txt.xz` from the wheel it comes from.

Run `pip download --no-deps lifetimes==0.11.3`, then `python -m demo.data_from_wheel WHEEL`.
"""

import argparse
import hashlib
import lzma
import sys
import zipfile
from pathlib import Path

from demo.cdnow import DATA_FILE, DATA_SHA256

MEMBER = "lifetimes/datasets/CDNOW_master.txt"


def compressed(wheel: Path) -> bytes:
    """The data file's bytes, the same on every run; raises ValueError when the wheel holds other data."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{wheel} has no readable {MEMBER}; download lifetimes 0.11.3 ({error})") from error
    if hashlib.sha256(content).hexdigest() != DATA_SHA256:
        raise ValueError(f"{wheel} holds another {MEMBER}; use the wheel of lifetimes 0.11.3")
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def main() -> int:
    """0 when the file was written; 1, with one sentence, when the wheel will not do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=DATA_FILE)
    args = parser.parse_args()
    try:
        content = compressed(args.wheel)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    args.out.write_bytes(content)
    print(f"{args.out}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
