"""Why something happened, in English and Chinese: each kind with its rule and its numbers, in plain words."""

import re
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agents import reasons_levels, reasons_lives
from agents.lines import FAMILY_ROLES, LineRecord
from agents.reasons import TELLERS, reason_of
from agents.reasons_events import ENGAGED
from agents.reasons_names import CHINESE, METRICS, window_in_chinese
from agents.reasons_words import Shop
from agents.timeline import entry_of
from engine.notice_effects import CAUSES
from engine.referring import WHYS
from rules.fact_names import FACTS
from rules.facts import ENGAGEMENT_KINDS, Metric, WindowKind
from rules.tier_compile import window_text
from tests.agents.support_fold import CATALOGUE
from topics.encode import EFFECT_ROLES
from topics.examples import EXAMPLES
from topics.examples_out import example_record

SHOP = Shop(2, "CNY", ZoneInfo("Asia/Shanghai"))
NOW_MS = 1_768_014_245_678
OF_NOBODY = {"rfm.cutoffs", "population.counted", "population.cutoffs", "time.reached"}
SENTENCES = [
    (
        "tier.enrolled",
        {},
        "Joined at level silver (by what was bought or done): "
        "net spending over rolling 365 days: 1,200.00 CNY ≥ 1,000.00 CNY.",
        "入会，等级 silver（因消费或互动）：近 365 天净消费：1,200.00 CNY ≥ 1,000.00 CNY。",
    ),
    (
        "tier.override_released",
        {},
        "The level is by the rules again, no longer gold: its time was over.",
        "不再人工设定 gold，恢复按规则（到期）。",
    ),
    (
        "churn.alert",
        {},
        "Alert at_risk (before: watch): no purchase for 60 days, over 2 times the usual 30; model 2026-01: "
        "no purchase within 180 days with 61.2 %, still a customer with 45.5 %, "
        "worth 129.00 CNY within 365 days; open complaints: 1, which makes the level one higher; "
        "orders within 90 days: 0; in the 90 days before: 3; lately 21.7 days between purchases; "
        "suggested: welcome_back.",
        "流失预警 at_risk（此前 watch）：已 60 天未购买，通常为 30 天（超过 2 倍）；模型 2026-01："
        "180 天内不购买的概率 61.2 %，仍为客户的概率 45.5 %，365 天内价值 129.00 CNY；"
        "未解决的投诉 1 起，等级因此升一级；近 90 天订单 0 笔；"
        "之前 90 天 3 笔；近期购买间隔 21.7 天；建议：welcome_back。",
    ),
    (
        "churn.alert",
        {"ratio": "", "previous": "", "risk_ppm": None, "factors": [], "suggested_action": ""},
        "Alert at_risk: no purchase for 60 days.",
        "流失预警 at_risk：已 60 天未购买。",
    ),
    (
        "lifecycle.changed",
        {},
        "Stage dormant after 27 days of at_risk: the time since the last purchase in expected intervals is 3 "
        "(gap_ratio >= 3); days since the last engagement of the customer's own is not known yet "
        "(no longer days_since_engagement < 90).",
        "生命周期阶段 dormant（此前 at_risk，27 天）：距上次购买与通常间隔之比为 3（gap_ratio >= 3）；"
        "距上次互动天数尚无（不再满足 days_since_engagement < 90）。",
    ),
    (
        "tag.added",
        {"by": {"actor": "li.na", "reason": "asked"}, "why": "command", "criteria": [], "until_ms": 1},
        "Tag silent-90 was given (behaviour) by li.na: asked, until 1970-01-01 08:00.",
        "添加标签 silent-90（behaviour）（由 li.na: asked），至 1970-01-01 08:00。",
    ),
    (
        "tag.added",
        {},
        "Tag silent-90 was given (behaviour), by its rule: "
        "days since the customer last bought, engaged or joined is 90 (days_since_interaction >= 90).",
        "添加标签 silent-90（behaviour），按规则："
        "距上次购买、互动或入会天数为 90（days_since_interaction >= 90）。",
    ),
    (
        "notify.requested",
        {},
        "To be told (come-back, marketing): “We have not seen you for 60 days: a welcome-back coupon is "
        "waiting.”, for churn.alert where level is at_risk or high, from 2026-03-12 08:00 after the quiet "
        "hours to 2026-03-14 11:04 by wechat or sms; suggested: a welcome-back coupon (coupon).",
        "将通知（come-back，营销）：“We have not seen you for 60 days: a welcome-back coupon is waiting.”，"
        "依据 churn.alert where level is at_risk or high，2026-03-12 08:00 至 2026-03-14 11:04 之间发送"
        "（避开免打扰时段），渠道 wechat、sms；建议：a welcome-back coupon（coupon）。",
    ),
    (
        "notify.suppressed",
        {"cause": "capped", "changes": 3},
        "Not told (come-back, marketing) of churn.alert (3 changes): "
        "as much as the rulebook allows was said already.",
        "未通知（come-back，营销）churn.alert（3 次变化）：已达频次上限。",
    ),
    (
        "consent.recorded",
        {"granted": False, "previous": "granted"},
        "Does not agree to marketing.sms any more (had agreed) by li.na: complaint 771.",
        "不再同意 marketing.sms（此前同意）（由 li.na: complaint 771）。",
    ),
    (
        "care.due",
        {},
        "On 2027-01-10 a member for 1 year (level silver): the rule gives 50 points.",
        "2027-01-10 入会满 1 年（等级 silver）：按规则赠 50 积分。",
    ),
    (
        "care.due",
        {"kind": "birthday", "years": 0, "points": 0},
        "Birthday on 2027-01-10 (level silver).",
        "2027-01-10 生日（等级 silver）。",
    ),
    (
        "referral.refused",
        {"why": "same_phone", "message": WHYS["same_phone"]},
        "The referral of c43 gives nothing: both have the same phone.",
        "推荐 c43 不予奖励：双方手机号相同。",
    ),
    (
        "points.earned",
        {"capped_from": 900, "why": "capped", "tier_times": ""},
        "312 points earned for order o-1 by base (1 per 1.00); double-vinyl (2), 900 without a cap.",
        "订单 o-1 获得 312 积分（points），依据规则 base (1 per 1.00); double-vinyl (2)，因上限由 900 减少。",
    ),
    (
        "points.expired",
        {"why": "reset", "backfill": True},
        "312 points lapsed unspent: the review of levels lets them go. 0 can be spent (loaded as history).",
        "312 积分（points）未使用已过期：等级复核清零。可用 0（历史数据）。",
    ),
]


def numbers(text):
    return sorted(set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3}\b)", "", text))))


@pytest.mark.parametrize(("kind", "changes", "en", "zh"), SENTENCES)
def test_each_decision_says_its_rule_and_its_numbers_in_plain_words(kind, changes, en, zh):
    assert reason_of(kind, example_record(kind)["payload"] | changes, SHOP) == (en, zh)


@pytest.mark.parametrize("kind", sorted({*EFFECT_ROLES} - OF_NOBODY))
def test_every_kind_of_decision_has_words_of_its_own_with_the_same_numbers_in_both_languages(kind):
    data = example_record(kind)["payload"]
    said = TELLERS[kind](kind, data, SHOP)
    assert re.search(r"[\u4e00-\u9fff]", said.zh), "not in Chinese"
    assert not re.search(r"[\u4e00-\u9fff]", said.en)
    if "message" not in data:  # It is a sentence of the engine's, told in Chinese by its reason.
        assert numbers(said.en) == numbers(said.zh)


@pytest.mark.parametrize("kind", sorted({*EXAMPLES} - OF_NOBODY))
def test_everything_that_comes_in_has_words_of_its_own(kind):
    topic = CATALOGUE.name(FAMILY_ROLES[kind.partition(".")[0]])
    entry = entry_of(CATALOGUE, LineRecord(topic, 0, 0, NOW_MS, b"c42", msgspec.json.encode(EXAMPLES[kind])))
    assert entry is not None
    data = msgspec.json.decode(entry.data)
    if kind.startswith("engagement."):
        assert kind.partition(".")[2] in ENGAGED
    else:
        assert kind in TELLERS
        TELLERS[kind](kind, data, SHOP)
    said = reason_of(kind, data, SHOP)
    assert re.search(r"[\u4e00-\u9fff]", said.zh)
    assert "{" not in said.en + said.zh


def test_what_a_profile_keeps_as_a_hash_is_not_shown():
    data = {"fields": [["language", "zh"], ["phone", ["a1b2c3"]], ["attribute.size", None]]}
    said = reason_of("profile.updated", data, SHOP)
    assert said == (
        "Profile updated: language zh, phone, attribute.size removed.",
        "资料更新：language zh、phone、attribute.size 已删除。",
    )


def test_every_name_that_a_rulebook_may_use_is_known_in_both_languages():
    assert set(CHINESE) == set(FACTS)
    assert set(METRICS) == {str(each) for each in Metric}
    assert set(ENGAGED) >= set(ENGAGEMENT_KINDS)
    for kind in WindowKind:
        text = window_text(kind, 30)
        assert window_in_chinese(text) != text + " ", text


def test_every_word_that_the_engine_gives_as_a_reason_is_known_in_both_languages():
    assert set(reasons_lives.REFERRALS) == set(WHYS)
    assert set(reasons_lives.CAUSES) == set(CAUSES)
    told = set(re.findall(r"\w+", "event refund tenure review correction real_time override"))
    assert set(reasons_levels.WHY) == told


def test_a_message_of_another_version_is_told_by_its_names():
    said = reason_of("tag.added", {"tag": "vip", "strange": 4}, SHOP)
    assert said.en == "Tag added: tag vip, strange 4."
