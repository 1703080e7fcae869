"""What a customer waits for. The worker keeps an index of the earliest instant of each customer."""

from engine.state import Customer, Timer


def arm(customer: Customer, kind: str, due_ms: int) -> None:
    """Sets the customer's timer of a kind (0: none); its epoch grows each time it is armed anew."""
    timer = customer.timers.get(kind)
    if timer is None:
        if due_ms:
            customer.timers[kind] = Timer(due_ms, 1)
    elif timer.due_ms != due_ms:
        timer.due_ms = due_ms
        timer.epoch += bool(due_ms)


def next_due(customer: Customer) -> tuple[int, str]:
    """The earliest (instant, kind) the customer waits for; (0, "") when there is none."""
    waiting = [(timer.due_ms, kind) for kind, timer in customer.timers.items() if timer.due_ms]
    return min(waiting) if waiting else (0, "")
