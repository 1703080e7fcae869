"""One check of everything that an installation left behind, which shares no code with what made it.

It reads the inputs in the order that the journal names, has a model of its own say what must follow, and
compares that with the outputs, the dead letters, the changelog and the files on disk.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.given import Given
from tests.chaos.model import Said
from tests.chaos.reading import EFFECTS, Left, Parts, due_index, said, standing, table
from tests.chaos.walk import Walk, home

ADDED = 9  # Headers of a dead letter that come after the record's own.
SHOWN = 5
# Bookkeeping that stands in the changelog too.
SHARED = (b"\0applied", b"\0census", b"\0population", b"\0cutoffs", b"\0gathering")


@dataclass
class Verdict:
    """Differences by kind: `unequal` counts those of states. `shown` holds the first of each comparison."""

    dup: int = 0
    missing: int = 0
    wrong: int = 0
    unequal: int = 0
    shown: list[str] = field(default_factory=list)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.dup + other.dup, self.missing + other.missing, self.wrong + other.wrong,
            self.unequal + other.unequal, self.shown + other.shown,
        )  # fmt: skip

    @property
    def line(self) -> str:
        """The counts in one line."""
        equal = "no" if self.unequal else "yes"
        return f"dup={self.dup} missing={self.missing} wrong={self.wrong} restored_equal={equal}"

    @property
    def clean(self) -> bool:
        """Whether nothing is different."""
        return not (self.dup or self.missing or self.wrong or self.unequal)

    def items(self, what: str, found: Counter[Any], wanted: Counter[Any]) -> None:
        """Counts what is there twice, not at all, or should not be there."""
        extra, missing = found - wanted, wanted - found
        self.dup += sum(count for item, count in extra.items() if item in wanted)
        self.wrong += sum(count for item, count in extra.items() if item not in wanted)
        self.missing += missing.total()
        self._show(what, [("too many", each) for each in extra] + [("missing", each) for each in missing])

    def values(self, what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> None:
        """Counts the names that do not have the value they should."""
        self.wrong += self._unlike(what, found, wanted)

    def states(self, what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> None:
        """Counts the rows of one state that another has otherwise or not at all."""
        self.unequal += self._unlike(what, found, wanted)

    def _unlike(self, what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> int:
        names = [name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)]
        self._show(what, [(name, found.get(name), "wanted", wanted.get(name)) for name in names])
        return len(names)

    def _show(self, what: str, differences: list[Any]) -> None:
        self.shown += [f"{what}: {str(each)[:600]}" for each in differences[:SHOWN]]


def judge(left: Left, records: Sequence[Given]) -> Verdict:
    """What is otherwise than it has to be when these records were sent and all of them were applied."""
    verdict, partitions = Verdict(), len(left.journal)
    verdict.items("inputs", _held(left.inputs), _sent(records, partitions))
    walk = Walk(left.inputs, left.names, _labels(records, partitions), partitions)
    walk.follow(left.journal)
    verdict.values("journal", walk.breaks, {})
    verdict.items("applied", walk.taken, _counts(left.inputs))
    _effects(verdict, left, walk)
    letters = Counter(_letter(each) for part in left.letters for each in part)
    verdict.items("dead letters", letters, Counter(walk.buried))
    _states(verdict, left, walk)
    return verdict


def compare(left: Left, calm: Left) -> Verdict:
    """What two installations that were given the same have different in states and effects."""
    verdict = Verdict()
    verdict.states("undisturbed", table(left.files), table(calm.files))
    for role in EFFECTS:
        found, wanted = _bytes(left.effects[role]), _bytes(calm.effects[role])
        verdict.items(f"undisturbed {role}", found, wanted)
    return verdict


def _effects(verdict: Verdict, left: Left, walk: Walk) -> None:
    """Compares every effect with the model's, in the order of each customer, and looks for ids used twice."""
    ids: Counter[str] = Counter()
    for role, parts in left.effects.items():
        found = [(number, said(each, role)) for number, part in enumerate(parts) for each in part]
        wanted = [each for each in walk.said if each[1].topic == role]
        verdict.items(role, Counter(found), Counter(wanted))
        if Counter(found) == Counter(wanted):
            verdict.values(f"order of {role}", _by_customer(found), _by_customer(wanted))
        ids.update(dict(each.headers)["ce_id"].decode() for part in parts for each in part)
    verdict.items("ids", ids, Counter(ids.keys()))


def _states(verdict: Verdict, left: Left, walk: Walk) -> None:
    """Compares the files with the changelog, and the customers in them with the model's."""
    files = left.files
    kept = table(files) | {at: value for at, value in files.items() if at[1] in SHARED}
    verdict.states("files and changelog", kept, left.changelog)
    index = dict.fromkeys((at for at in files if at[1][:1] == b"d"), True)
    verdict.states("due index", index, dict.fromkeys(due_index(files), True))
    found = {at: standing(row) for at, row in files.items() if at[1][:1] == b"s"}
    verdict.values("customers", found, walk.standings)


def _by_customer(effects: Iterable[tuple[int, Said]]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    for _, each in effects:
        found[each.customer].append(each)
    return found


def _identity(role: str, partition: int, record: Any) -> Hashable:
    return role, partition, record.key, record.value, tuple(record.headers)


def _held(inputs: dict[str, Parts]) -> Counter[Hashable]:
    return Counter(
        _identity(role, number, each)
        for role, parts in inputs.items()
        for number, part in enumerate(parts)
        for each in part
    )


def _forwarded(records: Iterable[Given], partitions: int) -> list[Given]:
    """The good records on a wrong partition, as they are sent on to the right one."""
    strays = (each for each in records if each.good and each.key)
    return [
        each._replace(partition=to)
        for each in strays
        if each.partition != (to := home(each.key or b"", partitions))
    ]


def _sent(records: Sequence[Given], partitions: int) -> Counter[Hashable]:
    both = [*records, *_forwarded(records, partitions)]
    return Counter(_identity(str(each.role), each.partition, each) for each in both)


def _labels(records: Sequence[Given], partitions: int) -> dict[Hashable, deque[bool]]:
    """Whether each record is good, by its bytes and in the order sent."""
    labels: dict[Hashable, deque[bool]] = defaultdict(deque)
    for each in [*records, *_forwarded(records, partitions)]:
        labels[_identity(str(each.role), each.partition, each)].append(each.good)
    return labels


def _counts(inputs: dict[str, Parts]) -> Counter[tuple[str, int]]:
    return Counter({(role, at): len(part) for role, parts in inputs.items() for at, part in enumerate(parts)})


def _letter(record: Any) -> Hashable:
    """A dead letter as the record that was put aside, and where that stood."""
    own, added = record.headers[:-ADDED], dict(record.headers[-ADDED:])
    where = [added.get(f"__connect.errors.{name}", b"").decode() for name in ("topic", "partition", "offset")]
    return record.key, record.value, tuple(own), *where


def _bytes(parts: Parts) -> Counter[Hashable]:
    return Counter(
        (number, each.key, each.value, tuple(each.headers))
        for number, part in enumerate(parts)
        for each in part
    )
