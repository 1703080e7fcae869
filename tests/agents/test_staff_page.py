"""The staff page in a real browser: who may enter, what a customer is and why, what happens now.

`TIERLINE_PICTURES=docs/pictures` keeps what it looked like.
"""

import os
import time
from pathlib import Path

import pytest

from tests.agents.support_api import serving
from tests.agents.support_browser import DESK, PHONE, browser, chromium
from tests.agents.test_api import bought, event
from tests.agents.worker_kit import until
from topics.catalogue import Role

DAY_MS = 86_400_000
SPAN_DAYS = 60


@pytest.fixture
def shoot(tmp_path):
    """A function that takes a picture of a tab, kept where the environment says."""
    folder = Path(os.environ.get("TIERLINE_PICTURES", tmp_path / "pictures"))

    async def take(tab, name):
        await tab.shoot(folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 5_000

    return take


async def life(asking):
    """A customer of two months: signed up, bought, complained, and one who is called with markup."""
    now_ms = time.time_ns() // 1_000_000
    signed = [event("engagement.signup", "c42", "s-1", now_ms - SPAN_DAYS * DAY_MS)]
    told = [event("engagement.complaint", "c42", "t-1", now_ms - 9 * DAY_MS, ref_id="T-771")]
    await asking.buys([*signed, *told], Role.ENGAGEMENTS)
    amounts = [(50, 12_800), (41, 9_900), (30, 26_500), (20, 4_200)]
    await asking.buys([bought("c42", f"p{n}", minor, now_ms - n * DAY_MS) for n, minor in amounts])
    await asking.buys([bought("<img src=x onerror=alert(1)>", "m-1", 5_000)])
    path = "/v1/customers/c42/timeline?limit=100"
    await until(lambda: asking.get(path), lambda got: len(got[1].get("entries", [])) >= 12)


async def test_staff_find_a_customer_and_see_what_is_known_and_why(broker, tmp_path, shoot):
    chromium()
    async with serving(broker.bootstrap, tmp_path, scopes=("read", "live")) as asking:
        await life(asking)
        async with browser(tmp_path, asking.session) as tab:
            await tab.sized(*DESK)
            await tab.do("Page.navigate", url=f"http://127.0.0.1:{asking.settings[0].web_port}/")
            await _enters(tab, asking, shoot)
            await _finds(tab, shoot)
            await _on_a_phone_in_chinese(tab, shoot)
            await _is_not_fooled_by_markup(tab)
            await _watches(tab, asking, shoot)
            assert [each for each in tab.complaints if "401" not in each and "404" not in each] == []


def test_without_chromium_the_test_fails_and_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AssertionError, match=r"install it .*apt-get install chromium fonts-noto-cjk"):
        chromium()


async def _submits(tab, form, field, text):
    await tab.holds(f"document.getElementById('{form}') && !document.getElementById('{form}').hidden")
    await tab.value(f"document.getElementById('{field}').value = {text!r}")
    await tab.value(f"document.getElementById('{form}').requestSubmit()")


async def _enters(tab, asking, shoot):
    await _submits(tab, "enter", "key", "tl_wrong")
    await _submits(tab, "find", "customer", "c42")
    await tab.holds("document.body.innerText.includes('This key is not known.')")
    await _submits(tab, "enter", "key", asking.keys["read"])
    await tab.holds("!document.getElementById('find').hidden")
    assert "API key" not in await tab.text()
    assert asking.keys["read"] not in await tab.value("document.documentElement.outerHTML")


async def _finds(tab, shoot):
    await _submits(tab, "find", "customer", "nobody")
    await tab.holds("document.body.innerText.includes('Nothing is known of this customer.')")
    await _submits(tab, "find", "customer", "c42")
    await tab.holds("document.querySelectorAll('ol.time li').length >= 12")
    text = await tab.text()
    assert "银" in text
    assert "next: 金 · 53 %" in text
    assert "still missing CNY\xa0466.00 (spend_net over rolling 365 days >= 1000.00 CNY)" in text
    assert "634" in text  # 100 for signing up, 534 for 534.00 spent.
    assert "Order o-p30: 265.00 CNY." in text
    assert "265 points earned for order o-p30 by base (1 per 1.00 CNY)." in text
    assert "Rose from base to silver" in text
    assert "net spending over rolling 365 days: 128.00 CNY ≥ 100.00 CNY." in text
    assert "T-771" in text
    assert (
        "Tag sent-back was given (service), by its rule: open complaints is 1 (open_complaints >= 1)." in text
    )
    assert "open complaints: 1, which makes the level one higher" in text
    assert "a call about the complaint" in text
    assert "call · care" in text
    await shoot(tab, "customer")


async def _on_a_phone_in_chinese(tab, shoot):
    await tab.sized(*PHONE)
    await tab.value("document.getElementById('language').click()")
    await tab.holds("document.querySelectorAll('ol.time li').length >= 12")
    text = await tab.text()
    assert "时间线" in text
    assert "从 base 升级到 silver" in text
    assert "未解决的投诉 1 起，等级因此升一级" in text
    assert "客服电话回访" in text
    assert await tab.value("document.documentElement.scrollWidth <= window.innerWidth"), (
        "it is wider than a phone"
    )
    await shoot(tab, "customer-phone-zh")
    await tab.value("document.getElementById('language').click()")
    await tab.sized(*DESK)


async def _is_not_fooled_by_markup(tab):
    await tab.value("location.hash = '#/customer/' + encodeURIComponent('<img src=x onerror=alert(1)>')")
    await tab.holds("document.querySelectorAll('ol.time li').length >= 2")
    assert await tab.value("document.querySelectorAll('img').length") == 0
    assert "<img src=x onerror=alert(1)>" in await tab.text()


async def _watches(tab, asking, shoot):
    await tab.value("location.hash = '#/live'")
    number = 0
    for number in range(50):
        await asking.buys([bought("c43", f"w-{number}", 4_200), bought("c44", f"v-{number}", 18_800)])
        if await tab.value("document.querySelectorAll('ol.time li').length") >= 6:
            break
    await tab.holds("document.body.innerText.includes('points earned for order o-w-')")
    await shoot(tab, "live")
