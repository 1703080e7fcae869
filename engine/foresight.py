"""What follows from an event once points, levels and rhythm are settled: the hook of all that looks ahead.

Called by `step` after every event and every timer, and only when the rulebook has a section that asks for it.
Each part has its line here, in the order in which one reads what the other found.
"""

from typing import Final

from engine import churn, lifecycle, rfm, tagging
from engine.events import Engagement, Happening, Purchase
from engine.notices import follow as tell
from engine.signals import Signals, note
from engine.strategy import advise
from engine.timers import arm
from engine.turn import Turn
from engine.wallet import NEVER

LIFE: Final = "life"  # The timer of stage, segment and tags.
CHANNEL: Final = "usual_channel"  # A fact for which the channels of orders are kept.


def follow(turn: Turn, data: Happening | None) -> None:
    """Moves what is known of the customer on; `data` is the event's, None for a timer."""
    if isinstance(data, Engagement):
        _signals(turn, data)
    churn.follow(turn, data)
    if turn.plan.rfm is not None:
        rfm.follow(turn, data, turn.plan.rfm)
    if turn.customer.enrolled_ms >= 0:
        _life(turn, data)
    tell(turn)


def _signals(turn: Turn, engagement: Engagement) -> None:
    customer = turn.customer
    if customer.signals is None:
        customer.signals = Signals()
    note(customer.signals, turn.rulebook.activity, engagement, turn.occurred_ms)


def _life(turn: Turn, data: Happening | None) -> None:
    """Stage, segment and tags, and the wait for the instant at which time alone changes one of them."""
    rulebook, until_ms = turn.rulebook, NEVER
    if isinstance(data, Purchase) and data.channel and data.order_version == 1 and CHANNEL in rulebook.reads:
        lifecycle.bought_by(turn, data.channel)
    if rulebook.stages:
        until_ms = lifecycle.settle(turn)
        advise(turn)
    if rulebook.tags:
        until_ms = min(until_ms, tagging.settle(turn))
    arm(turn.customer, LIFE, 0 if until_ms == NEVER else until_ms)
