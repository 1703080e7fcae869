"""What the keys of `activity`, `lifecycle` and `tags` must agree on."""

from collections.abc import Iterator

from rules.book import Book
from rules.fact_checks import condition_mistakes
from rules.fact_keys import FactTree
from rules.fact_names import FACTS
from rules.lifecycle_keys import StageKeys
from rules.mistakes import Mistake, repeated
from rules.source import Path
from rules.values import Duration

SPAN_DAYS_MAX = 3650
_BEFORE_VALUE = frozenset(FACTS) - {"value"}


def activity(book: Book) -> Iterator[Mistake]:
    """Half-lives that are no number of days, or not one faster than the other."""
    if book.activity is None:
        return
    fast, slow = book.activity.fast, book.activity.slow
    for key, length in (("fast", fast), ("slow", slow)):
        yield from _in_days(("activity", key), length)
    if not fast.months and not slow.months and slow.days <= fast.days:
        what = f"{slow.words()} is not slower than {fast.words()}"
        yield ("activity", "slow"), what, f"write more than {fast.words()}"


def lifecycle(book: Book) -> Iterator[Mistake]:
    """Stages and segments that nobody is in, or that read what is not there."""
    if book.lifecycle is None:
        return
    for key, every in (("stages", book.lifecycle.stages), ("value", book.segments)):
        path: Path = ("lifecycle", key)
        written = key in book.lifecycle.model_fields_set
        yield from repeated([((*path, at, "code"), one.code) for at, one in enumerate(every)], "the code")
        for place, one in zip([(*path, at) for at in range(len(every))], every, strict=True):
            yield from _stage(place, one, last=one is every[-1])
        for place, tree in _trees(path, every):
            for mistake in condition_mistakes(book, tree, place, _BEFORE_VALUE, written):
                yield mistake if written else _of_default(key, mistake)


def _of_default(key: str, mistake: Mistake) -> Mistake:
    """A mistake of what a file without the key has: there is no line of it."""
    return ("lifecycle",), f"of the default {key}, {mistake[1]}", f"{mistake[2]}, or write `{key}:` yourself"


def _stage(path: Path, one: StageKeys, last: bool) -> Iterator[Mistake]:
    """A stage that holds for everybody before the last, or a last one that does not."""
    if last:
        for key in ("entry", "exit", "leave_after"):
            if getattr(one, key) is not None:
                remedy = f"delete it, or add one more without `{key}` at the end"
                yield (*path, key), "the last of the list takes everybody who is left", remedy
        return
    if one.entry is None:
        remedy = "add `entry:`, or put it at the end of the list"
        yield path, f"{one.code} has no entry, so nobody comes to those after it", remedy
    if one.leave_after is not None:
        yield from _in_days((*path, "leave_after"), one.leave_after)
        if one.exit is not None:
            yield (*path, "leave_after"), "the stage has an `exit` too", "keep one of them"


def _trees(path: Path, every: list[StageKeys]) -> Iterator[tuple[Path, FactTree]]:
    """Every condition with its place."""
    for at, one in enumerate(every):
        if one.entry is not None:
            yield (*path, at, "entry"), one.entry
        if one.exit is not None:
            yield (*path, at, "exit"), one.exit


def tags(book: Book) -> Iterator[Mistake]:
    """Tags with one name, groups across dimensions, and conditions that cannot be read."""
    every = book.tags or []
    yield from repeated([(("tags", at, "tag"), one.tag) for at, one in enumerate(every)], "the tag")
    dimensions: dict[str, str] = {}
    for at, one in enumerate(every):
        if one.group is not None and dimensions.setdefault(one.group, one.dimension) != one.dimension:
            what = f"the group {one.group} has tags of the dimension {dimensions[one.group]} already"
            yield ("tags", at, "dimension"), what, f"write {dimensions[one.group]}, or use another group"
        if one.ttl is not None:
            yield from _in_days(("tags", at, "ttl"), one.ttl)
        yield from condition_mistakes(book, one.when, ("tags", at, "when"), frozenset(FACTS))


def _in_days(path: Path, length: Duration) -> Iterator[Mistake]:
    """A length that is no number of days, or too long."""
    if length.months:
        yield path, f"{length.words()} is no fixed number of days", "write days or weeks, such as 30 days"
    elif length.days > SPAN_DAYS_MAX:
        yield path, f"{length.words()} is too long", f"write at most {SPAN_DAYS_MAX} days"


CHECKS = (activity, lifecycle, tags)
