"""What holds for every request to notify, whatever a customer does: consent, caps, quiet hours, keys."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Profile, SetConsent
from engine.notice_effects import NotifyRequested, NotifySuppressed
from tests.engine.shop import BY, Shop
from tests.engine.telling import DOWN, EARNED, UP, WELCOME, intent, telling

CHANNELS = ("sms", "email", "wechat")
ZONES = ("", "Asia/Shanghai", "America/New_York", "Pacific/Apia", "Europe/Paris")
OFFER = intent("offer", "points.earned", "marketing", channels=list(CHANNELS))
FAR = intent("far", "churn.alert", "marketing", channels=["sms"], expires_after="9 hours")
BOOKS = [
    telling(WELCOME, UP, DOWN, OFFER, FAR, more={"marketing": {"per_day": day, "per_7_days": week}})
    for day, week in ((1, 3), (2, 2), (3, 5))
] + [telling(WELCOME, UP, DOWN, EARNED, more={"collapse_seconds": 60})]

ACTS = st.one_of(
    st.tuples(st.just("buy"), st.sampled_from([1_000, 60_000, 600_000])),
    st.tuples(st.just("cancel"), st.integers(1, 3)),
    st.tuples(st.just("agree"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("withdraw"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("engage"), st.sampled_from(["complaint", "ticket_resolved", "unsubscribe", "login"])),
)
GAPS = st.one_of(st.integers(1, 120), st.integers(1, 12 * 3600), st.integers(1, 60 * 86_400))
HISTORIES = st.lists(st.tuples(GAPS, ACTS), max_size=25)


class Known:
    """What may be done to the customer, kept beside the engine."""

    def __init__(self) -> None:
        self.agreed: dict[str, bool] = {}
        self.complains = False

    def note(self, act: str, what: object) -> None:
        if act in ("agree", "withdraw"):
            self.agreed[str(what)] = act == "agree"
        elif what == "unsubscribe":
            self.agreed["email"] = False
        elif what in ("complaint", "ticket_resolved"):
            self.complains = what == "complaint"


def do(shop: Shop, act: str, what: object, orders: list[str]) -> None:
    """One thing that the customer does."""
    if act == "buy":
        orders.append(f"o{len(orders) + 1}")
        assert isinstance(what, int)
        shop.buy(what, order=orders[-1])
    elif act == "cancel" and orders:
        assert isinstance(what, int)
        shop.refund(orders[-min(what, len(orders))], amount=10**9)
    elif act in ("agree", "withdraw"):
        shop.send(SetConsent(BY, f"marketing.{what}", act == "agree"))
    elif act == "engage":
        shop.engage(str(what))


def local(instant_ms: int, zone: str) -> datetime:
    """The customer's clock at an instant."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant_ms)).astimezone(ZoneInfo(zone))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(BOOKS), st.sampled_from(ZONES), HISTORIES)
def test_every_request_is_within_consent_caps_and_hours_and_no_effect_is_told_twice(
    book, zone, history
) -> None:
    shop, known, orders = Shop(book, forgetful=True), Known(), list[str]()
    if zone:
        shop.send(Profile((("zone", zone),)))
    words: list[NotifyRequested | NotifySuppressed] = []
    for gap_s, (act, what) in history:
        before = len(shop.effects)
        shop.tick(shop.now_ms + gap_s * 1_000)
        words += check(shop, known, before)
        known.note(act, what)
        before = len(shop.effects)
        do(shop, act, what, orders)
        words += check(shop, known, before)
    sent = [word for word in words if isinstance(word, NotifyRequested)]
    assert max(Counter((word.intent, word.effect) for word in words).values(), default=1) == 1
    assert len({word.dedupe_key for word in words}) == len(words)
    assert {word.effect for word in words} <= {effect.id for effect in shop.effects}
    rules = book.notifications
    assert rules is not None
    for word in sent:
        clock = local(word.not_before_ms, zone or book.timezone)
        assert word.kind == "transactional" or 8 <= clock.hour < 22
        assert word.not_before_ms < word.expires_ms
    days = Counter(
        local(w.not_before_ms, zone or book.timezone).date() for w in sent if w.kind == "marketing"
    )
    assert max(days.values(), default=0) <= rules.per_day
    for first in days:
        assert sum(days[first + timedelta(days=n)] for n in range(7)) <= rules.per_7_days


def check(shop: Shop, known: Known, before: int) -> list[NotifyRequested | NotifySuppressed]:
    """The words since then, of which marketing is only by channels agreed to and not amid a complaint."""
    found = []
    for effect in shop.effects[before:]:
        data = effect.data
        if isinstance(data, NotifyRequested | NotifySuppressed):
            found.append(data)
        if isinstance(data, NotifyRequested) and data.kind == "marketing":
            assert data.channels
            assert all(known.agreed.get(channel, False) for channel in data.channels)
            assert not known.complains
    return found
