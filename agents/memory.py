"""A partition's state in memory: what `replay` uses where the worker has RocksDB."""

from heapq import heappop, heappush

from agents.accounts import DUE, Change


class MemoryStore:
    """Rows in a dict, the due index in a heap whose outdated entries are skipped."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.indexed: set[tuple[int, bytes]] = set()
        self.heap: list[tuple[int, bytes]] = []

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values of the keys, None where there is none."""
        return [self.rows.get(key) for key in keys]

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """The first (due instant, customer) entries up to and including the instant, in order."""
        found: list[tuple[int, bytes]] = []
        while self.heap and self.heap[0][0] <= until_ms and len(found) < limit:
            entry = heappop(self.heap)
            if entry in self.indexed:
                found.append(entry)
        for entry in found:
            heappush(self.heap, entry)
        return found

    def write(self, changes: list[Change]) -> None:
        """Adopts rows and index entries; a value of None deletes."""
        for key, value in changes:
            if key.startswith(DUE):
                self._index((int.from_bytes(key[1:9], "big"), key[9:]), value is not None)
            elif value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value

    def _index(self, entry: tuple[int, bytes], there: bool) -> None:
        if not there:
            self.indexed.discard(entry)
        elif entry not in self.indexed:
            self.indexed.add(entry)
            heappush(self.heap, entry)
