"""What follows from an event once points, levels and rhythm are settled: the hook of all that looks ahead.

Called by `step` after every event and every timer, and only when the rulebook has a section that asks for it.
Each part has its line here, in the order in which one reads what the other found.
"""

from engine.events import Engagement, Happening
from engine.notices import follow as tell
from engine.signals import Signals, note
from engine.turn import Turn


def follow(turn: Turn, data: Happening | None) -> None:
    """Moves what is known of the customer on; `data` is the event's, None for a timer."""
    if isinstance(data, Engagement):
        _signals(turn, data)
    tell(turn)


def _signals(turn: Turn, engagement: Engagement) -> None:
    customer = turn.customer
    if customer.signals is None:
        customer.signals = Signals()
    note(customer.signals, engagement, turn.occurred_ms)
