"""Who is told what, and what is suggested for whom, in plain words."""

from rules.lifecycle_summary import said
from rules.notices import Intent, Notifications, bound_words
from rules.strategies import Row, Strategy
from rules.values import quoted
from rules.words import plural


def notices(given: Notifications | None) -> list[str]:
    """Who is told what, when, and how often; nothing where nobody is told anything."""
    if given is None:
        return []
    intents = [intent for some in given.intents.values() for intent in some]
    kinds = {intent.kind for intent in intents}
    lines = [
        f"Customers are told in {quoted(given.languages)}; from {_clock(given.quiet_from)} "
        f"to {_clock(given.quiet_to)} of their own time nobody is disturbed.",
        *[_intent(intent) for intent in intents],
    ]
    if "transactional" in kinds:
        lines.append("What is transactional is told at any hour.")
    if "marketing" in kinds:
        lines.append(_marketing(given))
    if given.tells_joining or given.tells_changes:
        lines.append(
            f"Changes of a level within {plural(str(given.collapse_ms // 1000), 'second')} are told once, "
            "and not at all if undone."
            if given.collapse_ms
            else "Each change of a level is told at once."
        )
    return lines


def _marketing(given: Notifications) -> str:
    """To whom marketing goes, and how often."""
    days = given.after_complaint_days
    after = f", nor {plural(str(days), 'day')} after" if days else ""
    return (
        f"Marketing goes to who agreed to it by the channel, {_times(given.per_day)} a day and "
        f"{_times(given.per_7_days)} in 7 days at most; not while a complaint is open{after}."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def strategy(given: Strategy | None) -> list[str]:
    """What is suggested for whom; nothing where the programme has no strategy."""
    if given is None:
        return []
    return [f"For {_whom(row)}: {_first(row)} ({row.action.id})." for row in given.rows]


def _intent(intent: Intent) -> str:
    where = f" where {', '.join(map(bound_words, intent.bounds))}" if intent.bounds else ""
    to = f" to those with {said(intent.who)}" if intent.who is not None else ""
    by = f" by {quoted(intent.channels)}" if intent.channels else ""
    minutes = intent.expires_ms // 60_000
    length = next((n, unit) for n, unit in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes % n == 0)
    within = plural(f"{minutes // length[0]:,}", length[1])
    return f"{intent.on}{where} is told{to}{by} within {within}, as {intent.kind} ({intent.id})."


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _first(row: Row) -> str:
    """What is suggested, in the first language."""
    return next(iter(row.action.texts.values()))


def _whom(row: Row) -> str:
    asked = [("value", row.value), ("churn level", row.risk), ("stage", row.stage)]
    words = [f"{name} {quoted(sorted(names))}" for name, names in asked if names]
    return ", ".join(words) or "everybody else"
