"""Marketing: by channels agreed to, within caps, not amid a complaint, by the clock of the customer."""

from engine.calendar import DAY_MS
from engine.events import Profile, SetConsent
from tests.engine.shop import BY, HOUR_MS, Shop
from tests.engine.telling import WELCOME, intent, requests, suppressed, telling

OFFER = intent(
    "offer",
    "points.earned",
    "marketing",
    channels=["wechat", "sms", "email"],
    en="Now {balance}",
    zh="现在{balance}",
)
AWAY = intent("away", "churn.alert", "marketing", channels=["sms"])
BOOK = telling(OFFER, AWAY)


def agree(shop: Shop, *channels: str, granted: bool = True) -> None:
    """Consent to marketing by these channels."""
    for channel in channels:
        shop.send(SetConsent(BY, f"marketing.{channel}", granted))


def test_marketing_goes_by_the_channels_that_the_customer_agreed_to_and_by_no_other() -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    agree(shop, "email", "sms")
    shop.buy(1000)
    agree(shop, "sms", granted=False)
    shop.buy(1000, shop.now_ms + DAY_MS)
    agree(shop, "email", granted=False)
    shop.buy(1000, shop.now_ms + DAY_MS)
    assert [told.channels for told in requests(shop)] == [("sms", "email"), ("email",)]
    assert suppressed(shop) == [("offer", "no_consent")] * 2


def test_consent_that_the_programme_holds_from_before_counts_until_the_customer_says_otherwise() -> None:
    shop = Shop(telling(OFFER, consents={"assumed": ["marketing.sms"]}))
    shop.buy(1000)
    agree(shop, "sms", granted=False)
    shop.buy(1000, shop.now_ms + DAY_MS)
    assert [told.channels for told in requests(shop)] == [("sms",)]
    assert suppressed(shop) == [("offer", "no_consent")]


def test_who_unsubscribes_gets_no_e_mail_until_they_agree_again() -> None:
    shop = Shop(BOOK)
    agree(shop, "email")
    shop.engage("unsubscribe", shop.now_ms + 1)
    shop.buy(1000)
    shop.tick(shop.now_ms + HOUR_MS)
    agree(shop, "email")
    shop.buy(1000)
    assert suppressed(shop) == [("offer", "no_consent")]
    assert [told.channels for told in requests(shop)] == [("email",)]


def test_consent_withdrawn_before_an_alert_falls_due_keeps_the_customer_untold() -> None:
    shop = Shop(telling(AWAY))
    agree(shop, "sms")
    shop.buy(1000)
    shop.tick(shop.now_ms + 44 * DAY_MS)
    assert shop.customer.timers["churn"].due_ms
    agree(shop, "sms", granted=False)
    shop.tick(shop.now_ms + 2 * DAY_MS)
    assert len(shop.said("churn.alert")) == 1
    assert (requests(shop), suppressed(shop)) == ([], [("away", "no_consent")])


def test_one_a_day_and_three_in_seven_days_by_the_day_on_which_it_may_be_sent() -> None:
    shop = Shop(BOOK, "2026-01-10 23:00")
    agree(shop, "sms")
    for at in (
        "10 23:00",
        "11 09:00",
        "11 23:00",
        "12 09:00",
        "13 10:00",
        "14 10:00",
        "16 23:59",
        "17 23:00",
    ):
        shop.buy(1000, f"2026-01-{at}")
    told = [shop.at(f"2026-01-{at}") for at in ("11 08:00", "12 08:00", "13 10:00", "18 08:00")]
    assert [word.not_before_ms for word in requests(shop)] == told
    assert suppressed(shop) == [("offer", "capped")] * 4
    assert shop.customer.notices is not None
    assert len(shop.customer.notices.sent) <= 4


def test_an_open_complaint_keeps_marketing_away_until_seven_days_after_it_is_resolved() -> None:
    shop = Shop(BOOK)
    agree(shop, "sms")
    shop.engage("complaint", ref_id="t-1")
    shop.buy(1000, shop.now_ms + 30 * DAY_MS)
    shop.engage("ticket_resolved", ref_id="t-1")
    resolved_ms = shop.now_ms
    shop.buy(1000, resolved_ms + 7 * DAY_MS - 1)
    shop.buy(1000, resolved_ms + 7 * DAY_MS)
    assert suppressed(shop) == [("offer", "complaint")] * 2
    assert [word.not_before_ms for word in requests(shop)] == [resolved_ms + 7 * DAY_MS]


def test_an_answer_that_closes_no_complaint_keeps_nothing_away_and_one_that_came_before_it_counts() -> None:
    shop = Shop(BOOK, forgetful=True)
    agree(shop, "sms")
    shop.engage("ticket_resolved", ref_id="size")
    shop.buy(1000)
    shop.tick("2026-01-20 10:00")
    shop.engage("complaint", "2026-01-19 10:00", ref_id="t-2", recorded="2026-01-20 10:00")
    shop.engage("ticket_resolved", "2026-01-19 12:00", ref_id="t-2", recorded="2026-01-20 10:00")
    shop.buy(1000, "2026-01-26 11:59")
    shop.buy(1000, "2026-01-26 12:00")
    assert len(requests(shop)) == 2
    assert suppressed(shop) == [("offer", "complaint")]


def test_what_is_no_marketing_needs_no_consent_has_no_cap_and_goes_out_amid_a_complaint() -> None:
    shop = Shop(telling(intent("earned", "points.earned")))
    shop.engage("complaint")
    for _ in range(5):
        shop.buy(1000)
    assert (len(requests(shop)), suppressed(shop)) == (5, [])


def test_quiet_hours_days_and_words_are_the_customers_own_where_they_are_known() -> None:
    shop = Shop(telling(OFFER, WELCOME, more={"collapse_seconds": 0}), "2026-01-10 12:00")
    shop.send(Profile((("zone", "America/New_York"), ("language", "zh-Hans"))))  # 23:00 of the day before.
    agree(shop, "sms")
    shop.buy(1000)
    words = requests(shop)
    assert [word.not_before_ms for word in words] == [shop.at("2026-01-10 21:00")] * 2
    assert [(word.language, word.text) for word in words] == [("zh", "现在10"), ("zh", "欢迎加入Member")]
    shop.send(Profile((("language", "fr"),)))
    shop.buy(1000, shop.now_ms + DAY_MS)
    assert requests(shop)[-1].text == "Now 20"


def test_the_seven_days_hold_however_far_apart_the_messages_are() -> None:
    shop = Shop(BOOK)
    agree(shop, "sms")
    for day in (11, 15, 16, 17, 18):
        shop.buy(1000, f"2026-01-{day} 10:00")
    told = [shop.at(f"2026-01-{day} 10:00") for day in (11, 15, 16, 18)]
    assert [word.not_before_ms for word in requests(shop)] == told


def test_a_birthday_is_wished_where_the_customer_is_and_in_their_language() -> None:
    wish = intent(
        "wish", "care.due", when={"kind": ["birthday"]}, zh="生日快乐，送{points}分", en="Happy birthday"
    )
    shop = Shop(telling(wish, sections={"care": {"at": "09:00", "birthday": {"points": 100}}}))
    shop.buy(1000)
    zone, language, birthday = ("zone", "America/New_York"), ("language", "zh-CN"), ("birthday", "02-29")
    shop.send(Profile((zone, language, birthday)))
    shop.tick("2026-03-01 10:00")
    (word,) = requests(shop)
    assert (word.text, word.not_before_ms) == ("生日快乐，送100分", shop.at("2026-02-28 22:00"))
