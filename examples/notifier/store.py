"""What is to be delivered and what was, in one SQLite file that outlives kill -9."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KEEP_MS = 35 * 86_400_000  # How long what is over is remembered, so that a record read again changes nothing.
_TABLES = """
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL, body BLOB NOT NULL, trace TEXT NOT NULL,
    due_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting', said TEXT NOT NULL DEFAULT '', ended_ms INTEGER
);
CREATE INDEX IF NOT EXISTS due ON notices (due_ms) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS customer ON notices (customer) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS ended ON notices (ended_ms) WHERE ended_ms IS NOT NULL;
"""


@dataclass(frozen=True)
class Notice:
    """One message for the webhook. `id` is the effect's; `body` is the JSON to post; times are UTC ms."""

    id: str
    customer: str
    body: bytes
    trace: str
    due_ms: int
    expires_ms: int
    tries: int = 0


class Store:
    """All notices of one notifier. What a method has returned from is on the disk."""

    def __init__(self, path: Path) -> None:
        self.base = sqlite3.connect(path, isolation_level=None)
        self.base.execute("PRAGMA journal_mode = WAL")
        self.base.execute("PRAGMA synchronous = FULL")
        self.base.executescript(_TABLES)

    def take_in(self, notices: Iterable[Notice]) -> None:
        """Adds those that are not known yet, all or none."""
        rows = [(n.id, n.customer, n.body, n.trace, n.due_ms, n.expires_ms) for n in notices]
        columns = "(id, customer, body, trace, due_ms, expires_ms)"
        with self.base:
            self.base.execute("BEGIN")
            self.base.executemany(f"INSERT OR IGNORE INTO notices {columns} VALUES (?, ?, ?, ?, ?, ?)", rows)

    def due(self, now_ms: int, count: int) -> list[Notice]:
        """The oldest that may be delivered by now; none behind one of its customer that is tried again."""
        found = self.base.execute(
            "SELECT id, customer, body, trace, due_ms, expires_ms, tries FROM notices AS mine "
            "WHERE state = 'waiting' AND due_ms <= ? AND NOT EXISTS (SELECT 1 FROM notices AS former "
            "WHERE former.customer = mine.customer AND former.state = 'waiting' AND former.tries > 0 "
            "AND former.rowid < mine.rowid AND former.due_ms > ?) ORDER BY rowid LIMIT ?",
            (now_ms, now_ms, count),
        )
        return [Notice(*row) for row in found]

    def ended(self, notice: Notice, state: str, said: str, now_ms: int) -> None:
        """Notes that a notice was `delivered`, was `refused`, or has `expired`; it is never posted again."""
        self.base.execute(
            "UPDATE notices SET state = ?, said = ?, ended_ms = ?, tries = tries + 1, body = x'' "
            "WHERE id = ?",
            (state, said, now_ms, notice.id),
        )

    def again(self, notice: Notice, said: str, due_ms: int) -> None:
        """Has a notice wait for another try."""
        self.base.execute(
            "UPDATE notices SET said = ?, due_ms = ?, tries = tries + 1 WHERE id = ?",
            (said, due_ms, notice.id),
        )

    def forget(self, now_ms: int) -> None:
        """Lets go of what has long been over."""
        self.base.execute("DELETE FROM notices WHERE ended_ms < ?", (now_ms - KEEP_MS,))

    def counts(self) -> dict[str, int]:
        """How many notices there are by state."""
        return dict(self.base.execute("SELECT state, count(*) FROM notices GROUP BY state"))
