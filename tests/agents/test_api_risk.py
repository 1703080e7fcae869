"""The risk of a customer as staff read it: the same numbers as the alert's, each with its words."""

import json

import pytest

from agents.api_document import document
from agents.api_models import CustomerRisk
from agents.api_risk import risk_of
from agents.lines import LineRecord
from engine.calendar import DAY_MS
from rules.load import parse_rulebook
from tests.agents.support_fold import Fold
from topics.catalogue import Catalogue, Role
from topics.instants import format_ms

BOOK = """\
programme: shop
version: 3
timezone: Asia/Shanghai
currency: CNY
earn: {rules: [{id: base, points: 1, per: 1.00}]}
tiers: {levels: [{code: base, name: 普通}]}
churn:
  population_interval_days: 30
  minimum_days: 14
  horizon_days: 180
  levels: {watch: 1.5, at_risk: 2, high: 3, lost: 6}
  modifiers: {complaint: true, unsubscribed: true, refunds_above: 0.3}
  model: {version: m-1, r: 0.637, alpha_weeks: 7.31, a: 0.807, b: 1.228, spend: {p: 6.25, q: 3.74, v: 15}}
strategy:
  actions:
    - {id: call, offer: care, texts: {zh: 电话回访, en: a call}}
  rows:
    - {risk: [at_risk, high, lost], action: call}
"""
START_MS = 1_780_000_000_000
CATALOGUE = Catalogue(partitions=1)


class Life:
    """What one customer does, day by day from the start."""

    def __init__(self, book=BOOK):
        self.fold = Fold(CATALOGUE, book=parse_rulebook(book, "book"))
        self.count = 0

    def does(self, day, kind, **data):
        role = Role.PURCHASES if kind.startswith("purchase") else Role.ENGAGEMENTS
        role = Role.COMMANDS if kind.startswith("command") else role
        at_ms, topic = START_MS + day * DAY_MS, CATALOGUE.name(role)
        event = {
            "type": kind, "source": "t", "id": f"e{self.count}", "subject": "c1",
            "time": format_ms(at_ms).decode(), "data": data,
        }  # fmt: skip
        self.count += 1
        self.fold.take([LineRecord(topic, 0, self.count, at_ms, b"c1", json.dumps(event).encode())])

    def buys(self, *days):
        for day in days:
            self.does(day, "purchase.completed", order_id=f"o{day}", currency="CNY", amount=10_000)

    def waits(self, day):
        self.fold.take([], START_MS + day * DAY_MS)
        self.fold.rest()

    def risk(self, customer="c1"):
        found = risk_of(self.fold.partition, self.fold.store, customer)
        if found is not None:
            CustomerRisk.model_validate(json.loads(json.dumps(found)))
        return found

    def alerts(self):
        return [line["data"] for line in self.fold.lines if line["type"] == "churn.alert"]


def test_the_risk_says_what_the_alert_said_at_its_instant():
    life = Life()
    life.buys(0, 20, 40)
    life.waits(80)
    *_, alert = life.alerts()
    life.waits(alert["crossed_ms"] / DAY_MS - START_MS / DAY_MS)
    found = life.risk()
    for name in ("level", "ratio", "expected_gap_days", "purchase_days", "model_version", "horizon_days"):
        assert found[name] == (alert[name] if name != "expected_gap_days" else tuple(alert[name])), name
    assert (found["last_purchase_ms"], found["clv_days"]) == (alert["last_purchase_ms"], alert["clv_days"])
    assert found["risk_ppm"] >= alert["risk_ppm"] > 0
    told = [{k: v for k, v in each.items() if k != "reason"} for each in found["factors"]]
    assert told == [{"raises": False, **each} for each in alert["factors"]]


def test_a_factor_that_makes_the_level_higher_says_so_and_the_strategy_says_what_to_do():
    life = Life()
    life.buys(0, 20, 40)
    life.does(41, "engagement.complaint", ref_id="T-1")
    life.waits(80)
    found = life.risk()
    assert (found["level"], found["watched"]) == ("at_risk", True)
    complaint, *others = found["factors"]
    assert complaint["raises"]
    assert complaint["reason"] == {
        "en": "open complaints: 1, which makes the level one higher",
        "zh": "未解决的投诉 1 起，等级因此升一级",
    }
    assert not any(each["raises"] for each in others)
    assert found["action"] == {"id": "call", "offer": "care", "texts": {"zh": "电话回访", "en": "a call"}}
    assert (
        found["reason"]["en"]
        == "No purchase for 40 days, 1.6 times the usual 25: level at_risk, one higher than by absence alone."
    )
    assert (
        found["reason"]["zh"]
        == "已 40 天未购买，为通常 25 天的 1.6 倍：预警等级 at_risk，比仅按未购买天数高一级。"
    )
    assert found["model_reason"]["en"].startswith("model m-1: no purchase within 180 days with ")
    assert found["next_level"] == "high"  # When absence alone reaches `at_risk`: after twice 25 days.
    assert found["next_level_ms"] == found["last_purchase_ms"] + 50 * DAY_MS
    life.fold.take([], found["next_level_ms"] + 1)
    assert life.risk()["level"] == "high"


def test_the_level_that_comes_next_comes_at_the_instant_that_was_said():
    life = Life()
    life.buys(0, 20, 40)
    life.waits(45)
    before = life.risk()
    assert (before["level"], before["next_level"]) == ("", "watch")
    assert before["reason"]["en"].endswith("which raises no level.")
    assert "action" not in before
    life.fold.take([], before["next_level_ms"])
    assert life.risk()["level"] == ""
    life.fold.take([], before["next_level_ms"] + 1)
    assert life.risk()["level"] == "watch"
    assert life.risk()["reason"]["en"].endswith(": level watch (from 1.5 times on).")
    (alert,) = life.alerts()
    assert alert["crossed_ms"] == before["next_level_ms"]


@pytest.mark.parametrize(
    ("book", "does"),
    [
        (BOOK, []),
        (BOOK[: BOOK.index("churn:")], [("buys", (0,))]),
        (BOOK, [("buys", (0,)), ("does", (1, "command.consent.set"))]),
    ],
    ids=["never bought", "no churn section", "no consent"],
)
def test_who_is_not_watched_has_no_level_and_no_factor(book, does):
    life = Life(book)
    life.does(0, "engagement.signup")
    for what, words in does:
        more = {"actor": "a", "scope": "profiling", "granted": False} if what == "does" else {}
        getattr(life, what)(*words, **more)
    found = life.risk()
    assert (found["watched"], "level" in found, "factors" in found) == (False, False, False)
    assert life.risk("nobody") is None


def test_without_modifiers_and_model_what_explains_is_told_all_the_same():
    plain = "".join(
        line
        for line in BOOK.splitlines(True)
        if not any(key in line for key in ("modifiers:", "model:", "horizon_days:"))
    )
    life = Life(plain)
    life.buys(0, 20, 40)
    life.waits(60)
    found = life.risk()
    assert [each["factor"] for each in found["factors"]] == [
        "orders_90d",
        "orders_90d_before",
        "moving_interval_millidays",
    ]
    assert "model_reason" not in found
    assert "risk_ppm" not in found
    assert found["ruleversion"] == "shop@3"


def test_the_document_has_the_answer():
    told = document()["paths"]["/v1/customers/{customer}/risk"]["get"]["responses"]["200"]
    assert told["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/CustomerRisk"}
