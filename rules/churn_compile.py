"""The checked keys below `churn:` -> what the engine reads. Exact: nothing is rounded."""

from decimal import Decimal
from fractions import Fraction

from rules.churn_keys import ChurnKeys, CriteriaKeys, ModelKeys, ModifierKeys, SpendKeys
from rules.compiled_churn import Churn, ChurnLevel, ChurnModel, Modifiers, Ratio, SpendModel


def churn(keys: ChurnKeys, minor_digits: int, needs_consent: bool) -> Churn:
    """The levels, the mildest first, and the model."""
    days = Fraction(keys.population_interval_days)
    return Churn(
        population_days_num=days.numerator,
        population_days_den=days.denominator,
        minimum_days=keys.minimum_days,
        levels=tuple(_level(name, level) for name, level in keys.levels.given()),
        horizon_days=keys.horizon_days if keys.model else 0,
        model=model(keys.model, minor_digits) if keys.model else None,
        modifiers=_modifiers(keys.modifiers) if keys.modifiers else None,
        repeat_days=keys.repeat_days or 0,
        needs_consent=needs_consent,
    )


def _modifiers(keys: ModifierKeys) -> Modifiers:
    return Modifiers(
        complaint=keys.complaint,
        unsubscribed=keys.unsubscribed,
        refunds_ppm=_ppm(keys.refunds_above),
        activity_ppm=_ppm(keys.activity_below),
        alone=keys.alone,
    )


def _level(name: str, level: CriteriaKeys) -> ChurnLevel:
    """One level; what it asks for exactly."""
    num, den = _ratio(level.ratio) if level.ratio is not None else (0, 1)
    return ChurnLevel(
        name=name,
        ratio_num=num,
        ratio_den=den,
        text="" if level.ratio is None else str(level.ratio),
        risk_ppm=_ppm(level.risk),
        p_alive_ppm=_ppm(level.p_alive),
        all_of=level.match == "all",
    )


def model(keys: ModelKeys, minor_digits: int) -> ChurnModel:
    """How the population buys and stays away."""
    return ChurnModel(
        version=keys.version,
        r=_ratio(keys.r),
        alpha_weeks=_ratio(keys.alpha_weeks),
        a=_ratio(keys.a),
        b=_ratio(keys.b),
        spend=_spend(keys.spend, minor_digits) if keys.spend else None,
    )


def _spend(spend: SpendKeys, minor_digits: int) -> SpendModel:
    return SpendModel(
        p=_ratio(spend.p),
        q=_ratio(spend.q),
        v_minor=_ratio(spend.v.scaleb(minor_digits)),
        margin=(1, 1) if spend.margin is None else _ratio(spend.margin),
        horizon_days=spend.horizon_days,
    )


def _ratio(number: Decimal) -> Ratio:
    exact = Fraction(number)
    return exact.numerator, exact.denominator


def _ppm(share: Decimal | None) -> int:
    """A share with at most six decimals in parts per million, 0 for none."""
    return 0 if share is None else int(share.scaleb(6))
