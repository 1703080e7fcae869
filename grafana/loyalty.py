"""The dashboard *Loyalty*: how customers and points stand and move."""

from typing import Final

from grafana.panels import (
    COUNT,
    PER_SECOND,
    RATIO,
    SECONDS,
    Dashboard,
    Row,
    bars,
    lines,
    number,
    rate,
    table,
    total,
)

_CUSTOMERS: Final = "tierline_customers"


def _over_range(metric: str, where: str = "") -> str:
    chosen = ", " + where if where else ""
    return f"sum (increase({metric}{{@{chosen}}}[$__range]))"


_TAKEN: Final = "tierline_points_taken_total"
_REDEEMED: Final = _over_range(_TAKEN, 'reason="redeemed"')
_REVERSED: Final = _over_range("tierline_points_issued_total", 'reason="redemption_reversed"')
_EXPIRED: Final = _over_range(_TAKEN, 'reason="expired"')
_ACTIVATED: Final = _over_range("tierline_points_activated_total")
_UNTOLD: Final = 'outcome!="requested"'
_BREAKAGE: Final = f"{_EXPIRED} / (({_EXPIRED} + {_REDEEMED}) > 0)"
_BOUGHT: Final = _over_range("tierline_points_issued_total", 'reason="purchase"')
_CLAWED: Final = _over_range(_TAKEN, 'reason="clawed_back"')
_RETURNED: Final = f"{_CLAWED} / ({_BOUGHT} > 0)"
_OWED: Final = "tierline_points_liability"
_LIABILITY: Final = (
    f"(sum ({_OWED}{{@, state='active'}})"
    f" + sum ({_OWED}{{@, state='pending'}}) * (1 - ({_RETURNED} or vector(0))))"
    f" * (1 - ({_BREAKAGE} or vector(0)))"
)
_BOUGHT_IN: Final = "tierline_customers_bought"


def _churn(lost: str, others: str) -> str:
    """Who became lost in the time shown, of `others` at its start; of those now where that is not known."""
    at_start, now = (f"sum ({others}{offset}) > 0" for offset in (" offset $__range", ""))
    return f"{lost} / ({at_start}) or {lost} / ({now})"


# By stages of life, where the rulebook has them; by alerts where not.
_BY_STAGE: Final = _churn(
    _over_range("tierline_lifecycle_transitions_total", 'axis="stage", to="lost"'),
    "tierline_customers_stage{@, stage!~'|lost'}",
)
_BY_ALERT: Final = _churn(
    _over_range("tierline_alerts_total", 'level="lost"'), "tierline_customers_risk{@, level!='lost'}"
)

LOYALTY: Final = Dashboard(
    "tierline-loyalty",
    "Tierline / Loyalty",
    "Levels and migration, points and liability, alerts and stages, over all workers.",
    (
        Row(
            "At a glance",
            (
                number("Customers", "Who ever had an event.", COUNT, total("tierline_customers_known")),
                number("Members", "Who joined the programme.", COUNT, total("tierline_customers_enrolled")),
                number(
                    "Points outstanding",
                    "Active and pending, of all wallets.",
                    COUNT,
                    total("tierline_points_outstanding", where='state=~"active|pending"'),
                ),
                number(
                    "Redemption rate",
                    "Redeemed less reversed, of points that became active in the time shown.",
                    RATIO,
                    f"({_REDEEMED} - {_REVERSED}) / ({_ACTIVATED} > 0)",
                    decimals=1,
                ),
                number(
                    "Breakage",
                    "Expired, of points expired or redeemed in the time shown.",
                    RATIO,
                    _BREAKAGE,
                    decimals=1,
                ),
                number(
                    "Alerts",
                    "Of churn, in the time shown.",
                    COUNT,
                    _over_range("tierline_alerts_total"),
                    decimals=0,
                ),
            ),
        ),
        Row(
            "Rates",
            (
                number(
                    "Active",
                    "Members with a purchase or an engagement that gave points within 90 days.",
                    RATIO,
                    f"{total('tierline_members_active')} / ({total('tierline_members_looked_at')} > 0)",
                    decimals=1,
                ),
                number(
                    "Repurchase",
                    "Customers with two purchase days or more within 365 days, of those with one.",
                    RATIO,
                    f"{total(_BOUGHT_IN + '_again')} / ({total(_BOUGHT_IN)} > 0)",
                    decimals=1,
                ),
                number(
                    "Churn",
                    "Who became lost in the time shown, of those not lost at its start.",
                    RATIO,
                    f"{_BY_STAGE} or {_BY_ALERT}",
                    decimals=1,
                ),
                number(
                    "Liability",
                    "What points cost (`point_cost` each), pending ones less returns, all less breakage.",
                    COUNT,
                    _LIABILITY,
                    decimals=2,
                    span=6,
                ),
                number(
                    "Rates are of",
                    "How long ago all customers had been looked at for the two rates on the left.",
                    SECONDS,
                    "time() - min (tierline_customers_looked_at_timestamp_seconds{@} > 0)",
                    span=6,
                ),
            ),
        ),
        Row(
            "Levels",
            (
                bars(
                    "Members by level",
                    "How many stand on each level now.",
                    COUNT,
                    total(_CUSTOMERS, "tier_set, tier"),
                    "{{tier_set}} {{tier}}",
                ),
                lines(
                    "Members by level over time",
                    "How many stand on each level.",
                    COUNT,
                    (total(_CUSTOMERS, "tier_set, tier"), "{{tier_set}} {{tier}}"),
                ),
                lines(
                    "Changes of level",
                    "Customers that move from one level to another.",
                    PER_SECOND,
                    (rate("tierline_tier_transitions_total", "from, to", 'from!=""'), "{{from}} to {{to}}"),
                ),
                table(
                    "Migration",
                    "Who moved in the time shown, from one level to another; from nothing: joined.",
                    COUNT,
                    "sum by (tier_set, from, to) (increase(tierline_tier_transitions_total{@}[$__range]))",
                ),
                lines(
                    "Joined",
                    "Customers placed on their first level.",
                    PER_SECOND,
                    (rate("tierline_tier_transitions_total", "tier_set", 'from=""'), "{{tier_set}}"),
                    span=12,
                ),
            ),
        ),
        Row(
            "Points",
            (
                lines(
                    "Issued",
                    "Points given, by reason.",
                    PER_SECOND,
                    (rate("tierline_points_issued_total", "wallet, reason"), "{{wallet}} {{reason}}"),
                ),
                lines(
                    "Taken",
                    "Points redeemed, expired, clawed back and handed on.",
                    PER_SECOND,
                    (rate(_TAKEN, "wallet, reason"), "{{wallet}} {{reason}}"),
                ),
                lines(
                    "Outstanding",
                    "What customers hold: active, pending, and what they owe.",
                    COUNT,
                    (total("tierline_points_outstanding", "wallet, state"), "{{wallet}} {{state}}"),
                ),
            ),
        ),
        Row(
            "Risk, stages, words",
            (
                lines(
                    "Alerts by level",
                    "Of churn, when they are sent.",
                    PER_SECOND,
                    (rate("tierline_alerts_total", "level"), "{{level}}"),
                ),
                lines(
                    "Recoveries",
                    "Customers back after an alert.",
                    PER_SECOND,
                    (rate("tierline_recoveries_total", "level"), "{{level}}"),
                ),
                lines(
                    "Stages of life",
                    "Customers in each stage, where the rulebook has stages.",
                    COUNT,
                    (total("tierline_customers_stage", "stage"), "{{stage}}"),
                ),
                lines(
                    "Changes of stage",
                    "Customers whose stage, or segment of value, changed.",
                    PER_SECOND,
                    (
                        f"{rate('tierline_lifecycle_transitions_total', 'axis, from, to')} or vector(0)",
                        "{{axis}} {{from}} to {{to}}",
                    ),
                ),
                lines(
                    "Notifications",
                    "Requests to notify, by class.",
                    PER_SECOND,
                    (rate("tierline_notices_total", "class", 'outcome="requested"'), "{{class}}"),
                ),
                lines(
                    "Not told",
                    "Notifications that were suppressed, by cause.",
                    PER_SECOND,
                    (f"{rate('tierline_notices_total', 'outcome', _UNTOLD)} or vector(0)", "{{outcome}}"),
                ),
                lines(
                    "Customers by risk",
                    "The level of risk they are on now.",
                    COUNT,
                    (total("tierline_customers_risk", "level"), "{{level}}"),
                ),
            ),
        ),
    ),
)
