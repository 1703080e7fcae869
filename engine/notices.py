"""Who is told what: effects of a turn become requests to notify, or words on why there is none.

Changes of a level wait for the rulebook's collapse window, then what they come to is told once, and nothing
if they came to nothing. All else is decided at once. Nothing that a backfill leads to is told.
"""

from typing import Final

from engine.effects import Effect
from engine.notice_state import Held, Notices
from engine.telling import Told, notices_of, suppress, tell
from engine.tier_effects import TierChanged
from engine.timers import arm
from engine.turn import Turn
from rules.notice_fields import CHANGES, JOINING
from rules.notices import Notifications

KIND: Final = "notify"


def follow(turn: Turn) -> None:
    """Tells the customer of this turn's effects, and of changes of a level whose window is over."""
    rules = turn.rulebook.notifications
    if rules is None or turn.backfill:
        return
    notices = turn.customer.notices
    if notices is not None and notices.held:
        _release(turn, rules, notices)
    for effect in turn.effects[:]:
        if effect.type in CHANGES:
            _hold(turn, rules, effect)
        elif effect.type in rules.intents:
            tell(turn, rules, Told(effect.type, effect.data, effect.id))


def _hold(turn: Turn, rules: Notifications, effect: Effect) -> None:
    """Puts a change of a level beside those that wait, if what they come to may be told."""
    data = effect.data
    assert isinstance(data, TierChanged)
    waiting = turn.customer.notices
    found = [] if waiting is None else [held for held in waiting.held if held.tier_set == data.tier_set]
    if not found and not (rules.tells_joining if data.from_tier == "" else rules.tells_changes):
        return
    first_from, changes, due_ms = data.from_tier, 1, turn.now_ms + rules.collapse_ms
    if found:
        first_from, changes, due_ms = found[0].from_tier, found[0].changes + 1, found[0].due_ms
        notices_of(turn).held.remove(found[0])
    held = Held(
        (
            data.tier_set,
            first_from,
            data.to_tier,
            effect.type,
            data.reason,
            data.effective_ms,
            data.valid_until_ms,
            effect.id,
            changes,
            due_ms,
        )
    )
    if rules.collapse_ms:
        notices_of(turn).held.append(held)
        _arm(turn, notices_of(turn))
    else:
        _say(turn, rules, held)


def _release(turn: Turn, rules: Notifications, notices: Notices) -> None:
    """Tells of the changes whose window is over now.

    One that was over before waited under a rulebook that tells nothing, and is let go.
    """
    ready = [held for held in notices.held if held.due_ms <= turn.now_ms]
    if not ready:
        return
    notices.held = [held for held in notices.held if held.due_ms > turn.now_ms]
    _arm(turn, notices)
    if not notices.held and not notices.sent:
        turn.customer.notices = None
    for held in ready:
        if held.due_ms == turn.now_ms:
            _say(turn, rules, held)


def _arm(turn: Turn, notices: Notices) -> None:
    arm(turn.customer, KIND, min([held.due_ms for held in notices.held], default=0))


def _say(turn: Turn, rules: Notifications, held: Held) -> None:
    """Tells what the changes come to, or that they came to nothing."""
    data = TierChanged(
        tier_set=held.tier_set,
        from_tier=held.from_tier,
        to_tier=held.to_tier,
        reason=held.reason,
        effective_ms=held.effective_ms,
        qualified_ms=held.effective_ms,
        explain=(),
        rev=turn.customer.rev,
        valid_until_ms=held.valid_until_ms,
    )
    if held.from_tier != held.to_tier:
        tell(turn, rules, Told(_direction(turn, held), data, held.effect, held.changes))
        return
    for intent in rules.intents.get(held.type, ())[:1]:
        suppress(turn, intent, "undone", Told(held.type, data, held.effect, held.changes))


def _direction(turn: Turn, held: Held) -> str:
    """What several changes amount to, in one word."""
    if not held.from_tier:
        return JOINING
    ranks: dict[str, int] = {}
    for one in turn.rulebook.tier_sets:
        if one.id == held.tier_set:
            ranks = {tier.code: tier.rank for tier in one.tiers}
    if held.from_tier not in ranks or held.to_tier not in ranks:
        return held.type  # The rulebook changed meanwhile.
    return "tier.upgraded" if ranks[held.to_tier] > ranks[held.from_tier] else "tier.downgraded"
