"""Tags: given while their condition holds and a while longer, one of each group; by hand above all rules."""

from typing import Final

from engine.asking import Ask, Look
from engine.events import Actor
from engine.life import BARRED, GIVEN, RULE, Held
from engine.life_effects import Criterion, TagChanged
from engine.turn import Turn
from rules.compiled import Rulebook
from rules.compiled_facts import TagRule


class Tagger:
    """The tags of a rulebook, ready to be asked, in the order in which those of a group are tried."""

    __slots__ = ("asks", "grouped", "names", "rules")

    def __init__(self, rulebook: Rulebook) -> None:
        self.rules: list[TagRule] = list(rulebook.tags)
        self.asks = [Ask(rule.when) for rule in rulebook.tags]
        self.grouped = any(rule.group for rule in rulebook.tags)
        self.names: dict[str, TagRule] = {rule.tag: rule for rule in rulebook.tags}


TAGGERS: Final[dict[str, Tagger]] = {}  # By digest: a memo of a pure function.


def tagger_of(rulebook: Rulebook) -> Tagger:
    """The tags of a rulebook, made once."""
    found = TAGGERS.get(rulebook.digest)
    if found is None:
        found = TAGGERS[rulebook.digest] = Tagger(rulebook)
    return found


def settle(turn: Turn) -> int:
    """Gives and takes tags; the first instant at which time alone may change one of them."""
    tagger, held, look = tagger_of(turn.rulebook), turn.customer.tags, Look(turn)
    if held:
        _end(turn, look, tagger)
    due, taken = _due(look, tagger, held)
    if held:
        for at, rule in enumerate(tagger.rules):
            tag = held.get(rule.tag)
            if tag is not None and tag.by == RULE:
                _keep_or_take(turn, look, tagger, at, due[at], taken)
    for at, given in enumerate(due):
        if not given:
            continue
        rule = tagger.rules[at]
        if rule.tag not in held:
            held[rule.tag] = Held(RULE, look.now_ms, 0, rule.dimension, rule.group)
            say(turn, "tag.added", rule.tag, held[rule.tag], "rule", criteria=_read(turn, tagger.asks[at]))
    return look.until_ms


def _end(turn: Turn, look: Look, tagger: Tagger) -> None:
    """Ends what was by hand until now, and takes tags that no rule knows any more."""
    held = turn.customer.tags
    for name in sorted(held):
        tag = held[name]
        if tag.by == RULE:
            if name not in tagger.names:
                del held[name]
                say(turn, "tag.removed", name, tag, "gone")
        elif tag.until_ms:
            if tag.until_ms > look.now_ms:
                look.turns(tag.until_ms)
                continue
            del held[name]
            if tag.by == GIVEN:
                say(turn, "tag.removed", name, tag, "expired")


def _due(look: Look, tagger: Tagger, held: dict[str, Held]) -> tuple[list[bool], dict[str, str]]:
    """Which tags the rules give now, and which tag has each group; those by hand stay out of it."""
    taken: dict[str, str] = {}
    if held:
        taken = {tag.group: name for name, tag in held.items() if tag.group and tag.by == GIVEN}
    elif not tagger.grouped:
        return [ask.holds(look) for ask in tagger.asks], taken
    due = []
    for at, rule in enumerate(tagger.rules):
        tag = held.get(rule.tag)
        free = (tag is None or tag.by == RULE) and (not rule.group or rule.group not in taken)
        holds = free and tagger.asks[at].holds(look)
        if holds and rule.group:
            taken[rule.group] = rule.tag
        due.append(holds)
    return due, taken


def _keep_or_take(turn: Turn, look: Look, tagger: Tagger, at: int, due: bool, taken: dict[str, str]) -> None:
    """Keeps a tag that a rule gave while it is due and its time to live after that, else takes it."""
    rule, held = tagger.rules[at], turn.customer.tags
    tag = held[rule.tag]
    if due:
        tag.until_ms = 0
        return
    why = "replaced" if rule.group and rule.group in taken else "rule"
    if why == "rule" and rule.ttl_ms:
        tag.until_ms = tag.until_ms or look.now_ms + rule.ttl_ms
        if look.now_ms < tag.until_ms:
            look.turns(tag.until_ms)
            return
        why = "expired"
    del held[rule.tag]
    criteria = () if why == "replaced" else _read(turn, tagger.asks[at])
    say(turn, "tag.removed", rule.tag, tag, why, criteria=criteria)


def _read(turn: Turn, ask: Ask) -> tuple[Criterion, ...]:
    """What the condition read, with the numbers."""
    look = Look(turn)
    look.criteria = []
    ask.holds(look)
    return tuple(look.criteria)


def say(
    turn: Turn,
    effect_type: str,
    name: str,
    tag: Held,
    why: str,
    by: Actor | None = None,
    criteria: tuple[Criterion, ...] = (),
) -> None:
    """Says what became of a tag; `until_ms` only of one by hand."""
    until_ms = tag.until_ms if tag.by in (GIVEN, BARRED) else 0
    told = TagChanged(
        tag=name,
        dimension=tag.dimension,
        why=why,
        rev=turn.customer.rev,
        group=tag.group,
        until_ms=until_ms,
        criteria=criteria,
        by=by,
        backfill=turn.backfill,
    )
    turn.emit(effect_type, told)
