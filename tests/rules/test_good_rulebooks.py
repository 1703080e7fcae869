"""What a good rulebook compiles to: exact numbers, functions and derived names."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.compiled import Rulebook
from rules.compiled_churn import ChurnLevel
from rules.compiled_engagement import Cap, EngagementRule
from rules.compiled_tiers import Condition, Leaf
from rules.currencies import MINOR_DIGITS
from rules.facts import Metric, Period, WindowKind
from rules.load import RuleError, load_rulebook, parse_rulebook
from tests.rules.samples import SHOP, changed, gold


@dataclass
class Order:
    channel: str = "web"
    store_id: str = "s-1"


@dataclass
class Line:
    sku: str = "LP-1"
    category: tuple[str, ...] = ("vinyl", "jazz")
    brand: str = "Verve"
    tags: tuple[str, ...] = ("new",)


def parsed(text: str) -> Rulebook:
    return parse_rulebook(text, "shop.yaml")


def decimals(least: int, most: int, places: int) -> st.SearchStrategy[str]:
    """Decimal numbers as people write them, with 0 to `places` decimals, final zeros kept."""

    def written(number: tuple[int, int]) -> str:
        return f"{Decimal(number[0]).scaleb(-number[1]):f}"

    in_range = st.integers(0, places).flatmap(
        lambda n: st.tuples(st.integers(least * 10**n, most * 10**n), st.just(n))
    )
    return in_range.map(written)


@given(st.lists(st.tuples(st.integers(1, 500), decimals(1, 100, 2)), min_size=1, max_size=3))
def test_the_rate_of_every_earn_rule_is_exact_and_the_scale_the_least(rates):
    rules = "\n".join(f"    - {{id: r{n}, points: {p}, per: {per}}}" for n, (p, per) in enumerate(rates))
    whole = SHOP.replace("    - id: base\n      points: 1\n      per: 1.00", rules)
    earning = parsed(
        whole.replace("times: 1.15", "times: 1").replace("multiplier: 1.1", "multiplier: 1")
    ).earning
    exact = [Fraction(points) / (Fraction(per) * 100) for points, per in rates]
    assert [Fraction(rule.rate, earning.rate_scale) for rule in earning.rules] == exact
    assert not any(
        all(rate * smaller % earning.rate_scale == 0 for rate in (rule.rate for rule in earning.rules))
        for smaller in range(1, min(earning.rate_scale, 500))
    )


@given(decimals(1, 100, 4), decimals(1, 100, 4))
@example("1.15", "1.1")
def test_multipliers_are_the_decimals_as_written_never_floats(times, level):
    book = parsed(
        changed("times: 1.15", f"times: {times}").replace("multiplier: 1.1", f"multiplier: {level}")
    )
    (vinyl,), scale = book.earning.multipliers, book.earning.times_scale
    assert (Fraction(vinyl.extra, scale), vinyl.text) == (Fraction(times) - 1, times)
    silver = book.tier_set.tiers[1]
    assert (Fraction(silver.times, book.earning.tier_scale), silver.times_text) == (Fraction(level), level)


@given(decimals(1001, 10**12, 2))
@example("5000")
@example("999999999999.99")
def test_thresholds_of_money_become_the_exact_minor_units(amount):
    leaf = parsed(changed("at_least: 5000", f"at_least: {amount}")).tier_set.tiers[2].entry.leaves[0]
    assert leaf.at_least == Fraction(amount) * 100
    assert leaf.text == f"spend_net over rolling 365 days >= {Decimal(amount):.2f} EUR"


@given(decimals(1, 3650, 6), decimals(1, 3650, 6))
@settings(max_examples=50)
def test_the_population_interval_and_the_churn_ratios_are_exact(days, ratio):
    churn = parsed(
        changed("days: 30", f"days: {days}").replace("{watch: 1.5, at_risk: 2}", f"{{lost: {ratio}}}")
    ).churn
    assert churn is not None
    assert Fraction(churn.population_days_num, churn.population_days_den) == Fraction(days)
    assert [
        (level.name, Fraction(level.ratio_num, level.ratio_den), level.text) for level in churn.levels
    ] == [("lost", Fraction(ratio), ratio)]


def test_1_15_times_100_points_is_115_and_not_114():
    earning = parsed(SHOP).earning
    (base,), (vinyl,) = earning.rules, earning.multipliers
    numerator = 100_00 * base.rate * (earning.times_scale + vinyl.extra) * earning.tier_scale
    assert numerator // (earning.rate_scale * earning.times_scale * earning.tier_scale) == 115


@pytest.mark.parametrize(
    ("code", "per", "rate", "text"),
    [
        ("JPY", "100", Fraction(1, 100), "1 per 100 JPY"),
        ("USD", "0.5", Fraction(1, 50), "1 per 0.50 USD"),
        ("BHD", "0.125", Fraction(1, 125), "1 per 0.125 BHD"),
    ],
)
def test_money_has_the_decimals_of_its_currency(code, per, rate, text):
    book = parsed(changed("currency: EUR", f"currency: {code}").replace("per: 1.00", f"per: {per}"))
    (rule,) = book.earning.rules
    assert (Fraction(rule.rate, book.earning.rate_scale), rule.text) == (rate, text)
    assert book.minor_digits == MINOR_DIGITS[code]


@pytest.mark.parametrize(
    ("when", "order", "line", "applies"),
    [
        ("{channel: [app, web]}", Order(), Line(), True),
        ("{channel: [app]}", Order(), Line(), False),
        ("{channel: [Web]}", Order(), Line(), False),
        ("{store: [s-1]}", Order(), Line(), True),
        ("{store: [s-2]}", Order(), Line(), False),
        ("{sku: [LP-1]}", Order(), Line(), True),
        ("{sku: [LP-2]}", Order(), Line(), False),
        ("{brand: [Verve]}", Order(), Line(), True),
        ("{brand: [ECM]}", Order(), Line(), False),
        ("{category: [jazz]}", Order(), Line(), True),
        ("{category: [rock, vinyl]}", Order(), Line(), True),
        ("{category: [rock]}", Order(), Line(), False),
        ("{category: [jazz]}", Order(), Line(category=()), False),
        ("{tag: [new]}", Order(), Line(), True),
        ("{tag: [old]}", Order(), Line(), False),
        ("{channel: [web], tag: [new], brand: [Verve]}", Order(), Line(), True),
        ("{channel: [web], tag: [new], brand: [ECM]}", Order(), Line(), False),
        ("{channel: [app], tag: [new]}", Order(), Line(), False),
    ],
)
def test_a_rule_applies_where_every_key_matches_by_any_value(when, order, line, applies):
    (vinyl,) = parsed(changed("{category: [vinyl]}", when)).earning.multipliers
    assert vinyl.applies is not None
    assert vinyl.applies(order, line) is applies


def test_a_rule_without_when_has_no_function_to_call():
    (base,) = parsed(SHOP).earning.rules
    assert (base.applies, base.only) == (None, "")


def test_when_is_put_into_words():
    (vinyl,) = parsed(changed("{category: [vinyl]}", "{tag: [a, b], channel: [web]}")).earning.multipliers
    assert vinyl.only == "channel web and tag a or b"


@pytest.mark.parametrize(
    ("window", "kind", "days", "words"),
    [
        ("lifetime", WindowKind.LIFETIME, 0, "lifetime"),
        ("rolling 1 day", WindowKind.ROLLING, 1, "rolling 1 days"),
        ("rolling 400 days", WindowKind.ROLLING, 400, "rolling 400 days"),
        ("calendar month", WindowKind.MONTH, 0, "calendar month"),
        ("calendar quarter", WindowKind.QUARTER, 0, "calendar quarter"),
        ("calendar half", WindowKind.HALF, 0, "calendar half"),
        ("calendar year", WindowKind.YEAR, 0, "calendar year"),
        ("anniversary", WindowKind.ANNIVERSARY, 0, "anniversary"),
        ("since_tier_start", WindowKind.SINCE_TIER_START, 0, "since_tier_start"),
        ("cycle", WindowKind.CYCLE, 0, "cycle"),
    ],
)
def test_every_window_is_understood(window, kind, days, words):
    text = gold(f"- {{metric: orders, window: {window}, at_least: 7}}")
    book = parsed(text + 'cycle: {from: "2026-04-01", every: 12 months}' if window == "cycle" else text)
    leaf = Leaf(metric=Metric.ORDERS, window=kind, days=days, at_least=7, text=f"orders over {words} >= 7")
    assert book.tier_set.tiers[2].entry == Condition((leaf,))


@pytest.mark.parametrize(
    "entry",
    [
        "- {metric: spend_net, window: rolling 364 days, at_least: 1000}",
        "- {metric: spend_net, window: calendar year, at_least: 1000}",
        "- {metric: orders, window: lifetime, at_least: 1}",
        "- {metric: spend_net, window: rolling 365 days, at_least: 1000}\n"
        "        - {metric: orders, window: lifetime, at_least: 2}",
        "- {metric: spend_net, window: lifetime, at_least: 1000.01}",
        "- {metric: tenure_days, window: lifetime, at_least: 9999}",
        "- {metric: purchase_days, window: rolling 7 days, at_least: 7}",
    ],
)
def test_a_higher_level_that_asks_for_more_or_for_something_else_is_accepted(entry):
    assert parsed(gold(entry)).tier_set.tiers[2].rank == 2


def test_a_leap_year_is_longer_than_365_days():
    text = changed("rolling 365 days\n          at_least: 1000", "calendar year\n          at_least: 5000")
    assert parsed(text).tier_set.tiers[1].entry.leaves[0].window is WindowKind.YEAR


def test_rates_may_be_so_fine_that_their_numbers_still_fit_what_is_kept_with_an_order():
    earning = parsed(
        changed("times: 1.15", "times: 1.00001").replace("multiplier: 1.1", "multiplier: 1.00001")
    ).earning
    assert earning.rate_scale * earning.times_scale * earning.tier_scale == 10**12


def test_engagement_rules_are_found_by_kind_with_their_caps():
    text = changed(
        "kind: checkin", "id: visit\n    kind: checkin\n    qualifying: true\n    min_text_len: 3"
    ).replace("{count: 1, per: day}", "[{count: 1, points: 4, per: day}, {points: 20, per: week}]")
    caps = (
        Cap(per=Period.DAY, count=1, points=4, days=1, text="day"),
        Cap(per=Period.WEEK, count=None, points=20, days=7, text="week"),
    )
    assert parsed(text).engagements == {
        "checkin": EngagementRule("visit", "checkin", 5, caps, qualifying=True, min_text_len=3)
    }


def test_churn_levels_stand_in_the_order_of_severity_however_written():
    churn = parsed(changed("{watch: 1.5, at_risk: 2}", "{lost: 6, watch: 1.5}")).churn
    assert churn is not None
    assert churn.levels == (ChurnLevel("watch", 3, 2, "1.5"), ChurnLevel("lost", 6, 1, "6"))
    assert churn.minimum_days == 14


def test_what_is_left_out_has_the_documented_default():
    least = (
        SHOP[: SHOP.index("engagement:")]
        .replace("enrolment: first_event\n", "")
        .replace("  rounding: floor\n", "")
    )
    book = parsed(least)
    assert (book.enrolment, book.earning.rounding, book.tier_set.id) == ("first_event", "floor", "main")
    assert (dict(book.engagements), book.churn) == ({}, None)
    assert book.earning.multipliers[0].group == "vinyl"
    assert book.tier_set.tiers[0].times_text == "1"


@pytest.mark.parametrize("text", [SHOP, "\ufeff" + SHOP, SHOP.replace("\n", "\r\n"), SHOP + "# 金\n"])
def test_the_digest_is_that_of_the_files_bytes_and_the_text_gives_them_back(tmp_path, text):
    file = tmp_path / "shop.yaml"
    file.write_bytes(text.encode())
    book = load_rulebook(file)
    assert book.digest == sha256(file.read_bytes()).hexdigest()
    assert parse_rulebook(book.text, str(file)).digest == book.digest


REMEDY = "give the path of a rulebook file"


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path):
    missing, binary = tmp_path / "none.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"a: 1\nb: \xff\n")
    for path, message in (
        (missing, f"{missing}: the file cannot be read (no such file or directory); {REMEDY}"),
        (tmp_path, f"{tmp_path}: the file cannot be read (is a directory); {REMEDY}"),
        (binary, f"{binary}:2: the file is not UTF-8 text; save it as UTF-8"),
    ):
        with pytest.raises(RuleError) as refused:
            load_rulebook(path)
        assert str(refused.value) == message


def _torn(draw_from: str) -> st.SearchStrategy[str]:
    """The text with one stretch of it replaced by something else."""
    edge = st.integers(0, len(draw_from))
    bits = st.sampled_from(
        [*"[]{}:,-#&*!|>%@`'\"?\t\n0", "1e9", "---", "...", "<<: ", "\\U", "%YAML 9.9.9", "~", "é"]
    )
    pieces = st.one_of(st.text(max_size=8), st.lists(bits, max_size=4).map("".join))
    return st.tuples(edge, st.integers(0, 40), pieces).map(
        lambda cut: draw_from[: cut[0]] + cut[2] + draw_from[cut[0] + cut[1] :]
    )


@given(st.one_of(st.text(max_size=60), _torn(SHOP)))
@settings(max_examples=400, deadline=None)
@example('a: "\\UFFFFFFFF"')
@example('a: "\\U00110000"')
@example('"a\\nb": 1')
@example(f"? {'a ' * 500}")
@example("%YAML 1.1.1\n---\na: 1\n")
@example("%TAG ! !\n---\na: 1\n")
def test_any_text_is_a_rulebook_or_one_plain_sentence(text):
    try:
        assert parsed(text).text == text
    except RuleError as refused:
        told = [str(mistake) for mistake in refused.all()]
        assert [line for line in told if not re.fullmatch("shop.yaml(:[0-9]+)?: .{10,400}", line)] == []
