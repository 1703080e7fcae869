"""The churn section: its numbers are exact, and it is told in words."""

from fractions import Fraction

from rules.compiled_churn import ChurnLevel, SpendModel
from rules.load import parse_rulebook
from rules.summary import summarise
from tests.rules.samples import changed


def test_the_numbers_of_a_model_are_exact_and_a_level_may_ask_for_several_things():
    levels = "{watch: 1.5, high: {risk: 0.123456, p_alive: 0.5, match: all}}"
    spend = "{p: 6.25, q: 3.74, v: 15.445, margin: 0.3}"
    model = f"{{version: v1, r: 0.525, alpha_weeks: 6.183000001, a: 0.891, b: 1.614, spend: {spend}}}"
    churn = parse_rulebook(
        changed("{watch: 1.5, at_risk: 2}", f"{levels}\n  model: {model}"), "shop.yaml"
    ).churn
    assert churn is not None
    assert churn.levels == (
        ChurnLevel("watch", 3, 2, "1.5"),
        ChurnLevel("high", 0, 1, "", 123_456, 500_000, all_of=True),
    )
    assert churn.model is not None
    assert (churn.horizon_days, churn.model.version, churn.model.r) == (180, "v1", (21, 40))
    assert Fraction(*churn.model.alpha_weeks) == Fraction("6.183000001")
    assert churn.model.spend == SpendModel((25, 4), (187, 50), (3089, 2), (3, 10), 365)


def test_a_summary_tells_what_makes_a_level_higher_and_who_is_watched():
    churn = """\
  levels: {watch: 1.5, at_risk: 2}
  modifiers: {unsubscribed: false, refunds_above: 0.3, alone: true}
  repeat_days: 30
consents: {assumed: [program]}
"""
    told = summarise(parse_rulebook(changed("  levels: {watch: 1.5, at_risk: 2}\n", churn), "shop.yaml"))
    for sentence in (
        "never two, with an open complaint or more than 30 % of the money of the last five orders back.",
        "Any of these raises the first level too.",
        "A level that lasts is told again every 30 days.",
        "Only who has agreed to profiling is watched and scored: nobody before they say so by "
        "`command.consent.set`, unless `consents: assumed` names profiling.",
    ):
        assert sentence in told


def test_a_summary_tells_the_model_and_what_each_level_asks_of_it():
    churn = """\
  levels: {watch: 1.5, at_risk: {ratio: 2, risk: 0.6}, high: {ratio: 3, p_alive: 0.5, match: all}}
  horizon_days: 90
  model: {version: v1, r: 0.525, alpha_weeks: 6, a: 0.9, b: 1.6, spend: {p: 6, q: 3.74, v: 15, margin: 0.3}}
"""
    told = summarise(parse_rulebook(changed("  levels: {watch: 1.5, at_risk: 2}\n", churn), "shop.yaml"))
    for sentence in (
        "the risk is that of no purchase within 90 days.",
        "  watch: 1.5 times the usual interval without a purchase.",
        "  at_risk: 2 times the usual interval without a purchase or a risk of 60 %.",
        "  high: 3 times the usual interval without a purchase and no more than 50 % to be still a customer.",
        "Model v1 tells each customer's risk and the probability of being still a customer.",
        "A customer's worth is 30 % of what is likely to be spent within 365 days.",
    ):
        assert sentence in told
    assert "No model" not in told
