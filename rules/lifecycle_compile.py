"""The checked keys of `activity`, `lifecycle` and `tags` -> values for the engine, exact."""

from collections.abc import Iterable
from fractions import Fraction

from rules import lifecycle_keys as keys
from rules.compiled_facts import DAY_MS, Activity, Asked, Stage, TagRule
from rules.fact_compile import MILLION, asked
from rules.values import Duration


def activity(one: keys.ActivityKeys | None) -> Activity:
    """How the activity score goes; a file without the section has it as by default."""
    given = one or keys.ActivityKeys.model_validate({})
    return Activity(
        fast_ms=_ms(given.fast),
        slow_ms=_ms(given.slow),
        weights={kind: int(Fraction(w) * MILLION) for kind, w in given.every_weight().items()},
    )


def stages(every: list[keys.StageKeys], currency: str) -> tuple[Stage, ...]:
    """Stages or segments, in the order in which they are tried."""
    return tuple(
        Stage(
            code=one.code,
            entry=None if one.entry is None else asked(one.entry, currency),
            exit=None if one.exit is None else asked(one.exit, currency),
            leave_ms=_ms(one.leave_after) if one.leave_after else 0,
        )
        for one in every
    )


def tags(every: list[keys.TagKeys], currency: str) -> tuple[TagRule, ...]:
    """The tags, in the order in which those of one group are tried."""
    return tuple(
        TagRule(
            tag=one.tag,
            dimension=one.dimension,
            when=asked(one.when, currency),
            group=one.group or "",
            ttl_ms=_ms(one.ttl) if one.ttl else 0,
        )
        for one in every
    )


def facts_read(
    stages: tuple[Stage, ...], tags: tuple[TagRule, ...], others: Iterable[Asked] = ()
) -> frozenset[str]:
    """The facts that conditions ask for, by their names in the engine."""
    asked = [*others, *[tag.when for tag in tags]]
    asked += [one for stage in stages for one in (stage.entry, stage.exit) if one is not None]
    found = set()
    while asked:
        one = asked.pop()
        asked += one.parts
        if one.test is not None and one.test.fact:
            found.add(one.test.fact)
    return frozenset(found)


def _ms(length: Duration) -> int:
    """A length in days as milliseconds; the checks refuse months."""
    return length.days * DAY_MS
