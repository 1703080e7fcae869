"""What is kept of a customer to notify them: changes of a level that wait, and days of marketing."""

HeldValues = tuple[str, str, str, str, str, int, int, str, int, int]
NoticeValues = tuple[list[int], list[HeldValues]]
"""How notices are written: days of marketing, changes that wait."""


class Held:
    """Changes of a level in one set that wait: from what, to what by now, and the last of them.

    `effect` is the id of the last, `changes` how many there were, `due_ms` when they are told.
    """

    __slots__ = (
        "changes",
        "due_ms",
        "effect",
        "effective_ms",
        "from_tier",
        "reason",
        "tier_set",
        "to_tier",
        "type",
        "valid_until_ms",
    )

    def __init__(self, values: HeldValues) -> None:
        (
            self.tier_set,
            self.from_tier,
            self.to_tier,
            self.type,
            self.reason,
            self.effective_ms,
            self.valid_until_ms,
            self.effect,
            self.changes,
            self.due_ms,
        ) = values

    def values(self) -> HeldValues:
        """The values as written."""
        return (
            self.tier_set,
            self.from_tier,
            self.to_tier,
            self.type,
            self.reason,
            self.effective_ms,
            self.valid_until_ms,
            self.effect,
            self.changes,
            self.due_ms,
        )


class Notices:
    """What is kept to notify one customer: at most one `Held` per set of levels, and few days.

    `sent` are the local days of marketing of the last week.
    """

    __slots__ = ("held", "sent")

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.held: list[Held] = []


def values_of_notices(notices: Notices | None) -> NoticeValues | None:
    """Notices as they are written, None for none."""
    if notices is None:
        return None
    return notices.sent, [held.values() for held in notices.held]


def notices_from(values: NoticeValues | None) -> Notices | None:
    """The notices whose values these are."""
    if values is None:
        return None
    notices = Notices()
    notices.sent = values[0]
    notices.held = [Held(held) for held in values[1]]
    return notices
