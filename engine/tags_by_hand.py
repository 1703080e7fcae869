"""Tags by hand: given, taken away, or left to the rules again. What is by hand stands above every rule."""

from typing import Final

from engine.events import TagAdd, TagRelease, TagRemove
from engine.insight import now_of
from engine.life import BARRED, GIVEN, RULE, Held
from engine.tagging import say, tagger_of
from engine.turn import Turn

Refused = tuple[str, str]  # Why in a word, and in a sentence.
BY_HAND_MAX: Final = 50
OWN_DIMENSION: Final = "manual"  # Of a tag that the rulebook does not know, when the command names none.


def by_hand(turn: Turn, data: TagAdd | TagRemove | TagRelease) -> Refused | None:
    """Does what a command says of a tag; why not, if so. The rules are asked right afterwards."""
    refused = _refusal(turn, data)
    if refused is not None:
        return refused
    if isinstance(data, TagAdd):
        _add(turn, data)
    elif isinstance(data, TagRemove):
        _remove(turn, data)
    else:
        _release(turn, data)
    return None


def _refusal(turn: Turn, data: TagAdd | TagRemove | TagRelease) -> Refused | None:
    customer = turn.customer
    if not turn.rulebook.tags:
        return "no_tags", "the rulebook has no section `tags`, so nobody has tags"
    if customer.enrolled_ms < 0:
        return "not_enrolled", "the customer has not joined the programme"
    tag = customer.tags.get(data.tag)
    if isinstance(data, TagRelease):
        if tag is None or tag.by == RULE:
            return "not_by_hand", f"the tag {data.tag!r} is neither given nor taken by hand"
        return None
    if 0 < data.until_ms <= now_of(turn):
        return "until_passed", "it would end before it begins; give a later `until`, or none"
    known = data.tag in tagger_of(turn.rulebook).names
    if isinstance(data, TagRemove) and tag is None and not known:
        return "unknown_tag", f"the customer has no tag {data.tag!r}, and the rulebook gives none such"
    by_hand = [each for each in customer.tags.values() if each.by != RULE]
    if len(by_hand) >= BY_HAND_MAX and (tag is None or tag.by == RULE):
        return "too_many_tags", f"{BY_HAND_MAX} tags of the customer are by hand; release one first"
    return None


def _add(turn: Turn, data: TagAdd) -> None:
    """Gives the tag; another of its group that is by hand goes, and the rules take theirs by themselves."""
    held, rule = turn.customer.tags, tagger_of(turn.rulebook).names.get(data.tag)
    dimension = rule.dimension if rule is not None else data.dimension or OWN_DIMENSION
    group = rule.group if rule is not None else data.group
    for name in sorted(held):
        other = held[name]
        if group and name != data.tag and other.group == group and other.by == GIVEN:
            del held[name]
            say(turn, "tag.removed", name, other, "replaced", by=data.by)
    held[data.tag] = Held(GIVEN, now_of(turn), data.until_ms, dimension, group, data.by.actor)
    say(turn, "tag.added", data.tag, held[data.tag], "command", by=data.by)


def _remove(turn: Turn, data: TagRemove) -> None:
    """Takes the tag; one that the rulebook gives is barred until it is released."""
    held, rule = turn.customer.tags, tagger_of(turn.rulebook).names.get(data.tag)
    tag = held.pop(data.tag, None)
    if rule is not None:
        tag = Held(BARRED, now_of(turn), data.until_ms, rule.dimension, rule.group, data.by.actor)
        held[data.tag] = tag
    assert tag is not None, "checked before"
    say(turn, "tag.removed", data.tag, tag, "command", by=data.by)


def _release(turn: Turn, data: TagRelease) -> None:
    """Leaves the tag to the rules; one that they do not know goes, and so does one they do not give now."""
    held = turn.customer.tags
    tag = held[data.tag]
    say(turn, "tag.released", data.tag, tag, "given" if tag.by == GIVEN else "barred", by=data.by)
    if tag.by == BARRED:
        del held[data.tag]
    else:
        held[data.tag] = Held(RULE, tag.since_ms, 0, tag.dimension, tag.group)
