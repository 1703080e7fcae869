"""What is kept of a customer only for churn alerts, and how it is written."""


class Watch:
    """`orders` are the last five as (rev, money bought, money that came back), the newest last, one after
    the other; `said_ms` is when the last alert was told.
    """

    __slots__ = ("orders", "said_ms")

    def __init__(self) -> None:
        self.orders: list[int] = []
        self.said_ms = 0


def values_of_watch(watch: Watch | None) -> list[int]:
    """The values to store, empty for none."""
    return [] if watch is None else [watch.said_ms, *watch.orders]


def watch_from(values: list[int]) -> Watch | None:
    """What these values say, None when they are empty."""
    if not values:
        return None
    watch = Watch()
    watch.said_ms, watch.orders = values[0], values[1:]
    return watch
