"""Activity, stages, segments and tags in plain words."""

from rules.compiled import Rulebook
from rules.compiled_facts import DAY_MS, Asked, Stage, TagRule
from rules.words import plural


def lifecycle(rulebook: Rulebook) -> list[str]:
    """All that a rulebook says of where its customers stand; nothing without the sections."""
    if not rulebook.foresight:
        return []
    lines = [_activity(rulebook)]
    if rulebook.stages:
        lines.append("Each customer has a stage of life, the first of these that holds:")
        lines += [_place(stage) for stage in rulebook.stages]
        lines.append("Each customer has a segment of value, the first of these that holds:")
        lines += [_place(stage) for stage in rulebook.segments]
    if rulebook.tags:
        lines.append("Customers get tags by themselves, and lose them again:")
        lines += [_tag(tag) for tag in rulebook.tags]
    return lines


def _activity(rulebook: Rulebook) -> str:
    rule = rulebook.activity
    fast, slow = (plural(str(ms // DAY_MS), "day") for ms in (rule.fast_ms, rule.slow_ms))
    return f"Engagement adds to an activity score that halves in {fast}; a slower one halves in {slow}."


def _place(stage: Stage) -> str:
    """One stage or segment as a line of a list."""
    if stage.entry is None:
        return f"- {stage.code}: all others."
    ends = f"; until {said(stage.exit)}" if stage.exit is not None else ""
    if stage.leave_ms:
        ends = f"; until that has not held for {plural(str(stage.leave_ms // DAY_MS), 'day')}"
    return f"- {stage.code}: {said(stage.entry)}{ends}."


def _tag(tag: TagRule) -> str:
    """One tag as a line of a list."""
    group = f", one of {tag.group}" if tag.group else ""
    longer = f"; and {plural(str(tag.ttl_ms // DAY_MS), 'day')} longer" if tag.ttl_ms else ""
    return f"- {tag.tag} ({tag.dimension}{group}): {said(tag.when)}{longer}."


def said(asked: Asked, inside: bool = False) -> str:
    """A condition as part of a sentence; groups within groups stand in brackets."""
    if asked.test is not None:
        return asked.test.text
    if asked.negated:
        return f"not ({said(asked.parts[0])})"
    if len(asked.parts) == 1:
        return said(asked.parts[0], inside)
    parts = [said(part, inside=True) for part in asked.parts]
    if asked.needed == len(parts):
        text = " and ".join(parts)
    elif asked.needed == 1:
        text = " or ".join(parts)
    else:
        text = f"at least {asked.needed} of: {'; '.join(parts)}"
    return f"({text})" if inside else text
