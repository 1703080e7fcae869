"""Who may ask over HTTP: API keys, kept as hashes in a file, what each may do, and how often.

A key is 32 random bytes, so one round of SHA-256 hides it: there is nothing to guess. The file is looked at
again when it changes, so a key is given or withdrawn without a restart.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.errors import UserError

SCOPES = ("read", "simulate", "live")
LOOK_S = 1.0
BURST = 2.0  # Times the requests of a second.
_MARK = "tl_"
_FIELDS = {"name", "scopes", "sha256"}


@dataclass
class Key:
    """One key: whose it is, what it may do, and how many requests are left to it just now."""

    name: str
    scopes: frozenset[str]
    digest: bytes
    left: float = 0.0
    filled_at: float = 0.0

    def take(self, rate: int, now: float) -> float:
        """Seconds to wait before the next request, 0.0 when this one may be answered."""
        most = rate * BURST
        self.left = most if not self.filled_at else min(most, self.left + (now - self.filled_at) * rate)
        self.filled_at = now
        if self.left < 1:
            return (1 - self.left) / rate
        self.left -= 1
        return 0.0


class Keys:
    """The keys of a file. Raises UserError at first when it cannot be read; later the last good ones stay."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = read_keys(path)
        self._seen = _stamp(path)
        self._looked_at = time.monotonic()

    def of(self, secret: str) -> Key | None:
        """The key that this is, None for a strange one."""
        self._look()
        digest = hashlib.sha256(secret.encode()).digest()
        found = None
        for key in self.keys:  # All of them, so that the time tells nothing.
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._looked_at + LOOK_S:
            return
        self._looked_at = now
        stamp = _stamp(self.path)
        if stamp == self._seen:
            return
        try:
            fresh = read_keys(self.path)
        except UserError:
            return  # Somebody is writing it.
        known = {key.digest: key for key in self.keys}
        for key in fresh:
            if key.digest in known:
                key.left, key.filled_at = known[key.digest].left, known[key.digest].filled_at
        self.keys, self._seen = fresh, stamp


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def read_keys(path: Path) -> list[Key]:
    """The keys in a file. Raises UserError naming what is wrong with it."""
    try:
        entries = json.loads(path.read_text())
    except OSError as error:
        raise UserError(
            f"The API keys in {path} cannot be read ({error.strerror}): make them with `tierline api-key`."
        ) from None
    except ValueError:
        raise UserError(f"{path} is not a JSON list of API keys: make it with `tierline api-key`.") from None
    if not isinstance(entries, list):
        raise UserError(f"{path} is not a JSON list of API keys: make it with `tierline api-key`.")
    return [_key(path, number, entry) for number, entry in enumerate(entries, 1)]


def _key(path: Path, number: int, entry: Any) -> Key:
    where = f"API key {number} in {path}"
    if not isinstance(entry, dict) or set(entry) != _FIELDS or not isinstance(entry["name"], str):
        raise UserError(f"{where} must have name, scopes and sha256, and nothing else.")
    scopes, digest = entry["scopes"], entry["sha256"]
    if not isinstance(scopes, list) or not scopes or not set(scopes) <= set(SCOPES):
        raise UserError(f"{where}: scopes must be some of {', '.join(SCOPES)}.")
    try:
        raw = bytes.fromhex(digest)
    except (TypeError, ValueError):
        raw = b""
    if len(raw) != hashlib.sha256().digest_size:
        raise UserError(f"{where}: sha256 must be the 64 hexadecimal digits of the key's hash.")
    return Key(entry["name"], frozenset(scopes), raw)


def add_key(path: Path, name: str, scopes: Sequence[str]) -> str:
    """Makes a key and puts its hash into the file, which only its owner may read; the key itself."""
    entries = [_entry(key) for key in read_keys(path)] if path.exists() else []
    if any(entry["name"] == name for entry in entries):
        raise UserError(f"{path} has a key named {name}: take it out first, or choose another name.")
    secret = _MARK + secrets.token_urlsafe(32)
    digest = hashlib.sha256(secret.encode()).digest()
    _write(path, [*entries, _entry(Key(name, frozenset(scopes), digest))])
    return secret


def remove_key(path: Path, name: str) -> None:
    """Takes a key out of the file. Raises UserError when there is none of the name."""
    keys = read_keys(path)
    kept = [_entry(key) for key in keys if key.name != name]
    if len(kept) == len(keys):
        raise UserError(f"{path} has no key named {name}.")
    _write(path, kept)


def _entry(key: Key) -> dict[str, Any]:
    return {"name": key.name, "scopes": sorted(key.scopes), "sha256": key.digest.hex()}


def _write(path: Path, entries: list[dict[str, Any]]) -> None:
    """Replaces the file at once, so that nobody reads half of it."""
    fresh = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(entries, indent=2) + "\n")
        fresh.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from None


def configure(parser: ArgumentParser) -> None:
    """Adds the options of `tierline api-key`."""
    parser.add_argument("action", choices=["add", "remove", "list"], help="what to do")
    parser.add_argument("name", nargs="?", default="", help="whose key it is")
    parser.add_argument("--file", type=Path, required=True, help="the file that the workers read (api_keys)")
    parser.add_argument(
        "--scope", action="append", choices=SCOPES, help="what it may do (repeat; default: read)"
    )


def main(args: Namespace) -> int:
    """Runs `tierline api-key`; 0 when it is done."""
    if args.action == "list":
        for key in read_keys(args.file):
            print(f"{key.name}: {', '.join(sorted(key.scopes))}")
        return 0
    if not args.name:
        raise UserError(f"tierline api-key {args.action} needs the name of a key.")
    if args.action == "remove":
        remove_key(args.file, args.name)
        print(f"{args.name} is withdrawn; workers notice within {LOOK_S:.0f} s.")
        return 0
    print(add_key(args.file, args.name, args.scope or ["read"]))
    return 0
