"""What engagements say beside their points: an activity score, open complaints, an unsubscription.

The score is a sum of weights that halve with time, kept twice: one halves fast, one slowly. Each is divided
by its half-life before they are compared, so an even activity has the ratio 1, and a growing one more.

A complaint is open until a ticket is resolved: the one with its `ref_id`, or any where one of the two names
none. Events may come in any order; an answer that is recorded before its complaint closes it too.
"""

from hashlib import sha1
from typing import Final

from engine import fixed
from engine.events import Engagement
from rules.compiled_facts import Activity

COMPLAINTS_MAX: Final = 8  # Open at one time; of more the oldest are let go.
_SCORES: Final = 3  # So many values of the scores,
_FIXED: Final = 7  # and so many before the open complaints, where there is more than scores.
MILLION: Final = 1_000_000


class Signals:
    """Instants are UTC ms of when it happened, 0 for never. `fast` and `slow` are the scores as of `at_ms`,
    which is when the last engagement was that has a weight.

    `complaints` are the open ones: the key of each one's `ref_id` (0: none given) and when it was made, and
    so on, the oldest first. `resolved_ms` is the newest answer, `resolved_key` the key of its `ref_id`;
    `closed_ms` the newest that closed a complaint.
    """

    __slots__ = (
        "at_ms",
        "closed_ms",
        "complaints",
        "fast",
        "resolved_key",
        "resolved_ms",
        "slow",
        "unsubscribed_ms",
    )

    def __init__(self) -> None:
        self.fast = self.slow = self.at_ms = 0
        self.unsubscribed_ms = 0
        self.resolved_ms = 0
        self.resolved_key = 0
        self.closed_ms = 0
        self.complaints: list[int] = []

    def complains(self) -> bool:
        """Whether a complaint is open."""
        return bool(self.complaints)


def note(signals: Signals, rule: Activity, engagement: Engagement, occurred_ms: int) -> None:
    """Takes an engagement in."""
    kind = engagement.kind
    weight = rule.weights.get(kind, 0)
    if weight:
        _score(signals, rule, weight, occurred_ms)
    if kind == "complaint":
        _open(signals, _key(engagement.ref_id), occurred_ms)
    elif kind == "ticket_resolved":
        _resolve(signals, _key(engagement.ref_id), occurred_ms)
    elif kind == "unsubscribe":
        signals.unsubscribed_ms = max(signals.unsubscribed_ms, occurred_ms)


def _score(signals: Signals, rule: Activity, weight: int, occurred_ms: int) -> None:
    """Adds a weight as it was then; what is older has halved since, and so has a weight that comes late."""
    age_ms = occurred_ms - signals.at_ms
    if age_ms >= 0:
        signals.fast = _decayed(signals.fast, age_ms, rule.fast_ms) + weight
        signals.slow = _decayed(signals.slow, age_ms, rule.slow_ms) + weight
        signals.at_ms = occurred_ms
    else:
        signals.fast += _decayed(weight, -age_ms, rule.fast_ms)
        signals.slow += _decayed(weight, -age_ms, rule.slow_ms)


def _decayed(score: int, age_ms: int, half_ms: int) -> int:
    return fixed.mul(score, fixed.exp2(-fixed.of(age_ms, half_ms))) if score and age_ms else score


def score_ppm(signals: Signals, rule: Activity, at_ms: int) -> int:
    """The fast score as of an instant, in millionths."""
    return _decayed(signals.fast, max(at_ms - signals.at_ms, 0), rule.fast_ms)


def ratio_ppm(signals: Signals, rule: Activity, at_ms: int) -> int | None:
    """The fast score against the slow one as of an instant; None where nothing is left of either."""
    if not signals.slow:
        return None
    ratio = MILLION * signals.fast * rule.slow_ms // (signals.slow * rule.fast_ms)
    slower_ms = rule.fast_ms * rule.slow_ms // (rule.slow_ms - rule.fast_ms)
    return _decayed(ratio, max(at_ms - signals.at_ms, 0), slower_ms)


def score_falls_ms(signals: Signals, rule: Activity, floor_ppm: int) -> int:
    """The first instant at which the fast score is below a floor above 0, if nothing more comes."""
    return signals.at_ms + _until(signals.fast, floor_ppm, rule.fast_ms) if signals.fast else 1


def ratio_falls_ms(signals: Signals, rule: Activity, floor_ppm: int) -> int:
    """The first instant at which the ratio is below a floor above 0; 0 where there is no ratio."""
    if not signals.slow:
        return 0
    slower_ms = rule.fast_ms * rule.slow_ms // (rule.slow_ms - rule.fast_ms)
    num = MILLION * signals.fast * rule.slow_ms
    return signals.at_ms + _until(num, floor_ppm * signals.slow * rule.fast_ms, slower_ms) if num else 1


def _until(num: int, den: int, half_ms: int) -> int:
    """How long until num / den that halves in `half_ms` is below 1, in ms; below 0 where it is already."""
    return ((fixed.log2_ratio(num, den) * half_ms) >> fixed.FRAC) + 1


def _key(ref_id: str) -> int:
    """What stands for the ticket: above 0, or 0 when none is named."""
    if not ref_id:
        return 0
    return 1 + (int.from_bytes(sha1(ref_id.encode(), usedforsecurity=False).digest()[:8], "big") >> 2)


def _answers(answer: int, key: int) -> bool:
    return not answer or not key or answer == key


def _open(signals: Signals, key: int, occurred_ms: int) -> None:
    if occurred_ms <= signals.resolved_ms and _answers(signals.resolved_key, key):
        signals.closed_ms = max(signals.closed_ms, signals.resolved_ms)
        return
    found = signals.complaints
    at = len(found)
    while at > 0 and found[at - 1] > occurred_ms:
        at -= 2
    found[at:at] = [key, occurred_ms]
    if len(found) > 2 * COMPLAINTS_MAX:
        del found[:2]


def _resolve(signals: Signals, key: int, occurred_ms: int) -> None:
    if occurred_ms >= signals.resolved_ms:
        signals.resolved_ms, signals.resolved_key = occurred_ms, key
    left: list[int] = []
    found = signals.complaints
    for at in range(0, len(found), 2):
        if found[at + 1] > occurred_ms or not _answers(key, found[at]):
            left += found[at : at + 2]
    if len(left) < len(found):
        signals.closed_ms = max(signals.closed_ms, occurred_ms)
    signals.complaints = left


def values_of_signals(signals: Signals | None) -> list[int]:
    """Signals as they are written: nothing for none, only scores where that is all there is."""
    if signals is None:
        return []
    scores = [signals.fast, signals.slow, signals.at_ms]
    if not (signals.unsubscribed_ms or signals.resolved_ms or signals.complaints):
        return scores
    return [
        *scores,
        signals.unsubscribed_ms,
        signals.resolved_ms,
        signals.resolved_key,
        signals.closed_ms,
        *signals.complaints,
    ]


def signals_from(values: list[int]) -> Signals:
    """The signals whose values these are."""
    signals = Signals()
    signals.fast, signals.slow, signals.at_ms = values[0], values[1], values[2]
    if len(values) > _SCORES:
        signals.unsubscribed_ms, signals.resolved_ms = values[3], values[4]
        signals.resolved_key, signals.closed_ms = values[5], values[6]
        signals.complaints = values[_FIXED:]
    return signals
