"""When the programme warns that a customer stays away, in plain words."""

from decimal import Decimal
from typing import Final

from rules.compiled_churn import Churn, ChurnLevel, ChurnModel, Modifiers
from rules.words import plural

NO_MODEL: Final = "No model is given: alerts go by the interval alone (`tierline model fit` finds one)."
ONLY_WITH_CONSENT: Final = (
    "Only who has agreed to profiling is watched and scored: nobody before they say so by "
    "`command.consent.set`, unless `consents: assumed` names profiling."
)


def churn(churn: Churn | None) -> list[str]:
    """When the programme warns that a customer stays away."""
    if churn is None:
        return ["No alert is raised when a customer stays away."]
    usual = _decimal((churn.population_days_num, churn.population_days_den))
    return [
        f"A customer's usual interval is learned from the purchases, beginning from {usual} days.",
        *_levels(churn),
        f"No alert comes before {plural(str(churn.minimum_days), 'day')} without a purchase."
        if churn.minimum_days
        else "There is no least number of days before an alert.",
        *(_modifiers(churn.modifiers) if churn.modifiers else []),
        *(
            [f"A level that lasts is told again every {plural(str(churn.repeat_days), 'day')}."]
            if churn.repeat_days
            else []
        ),
        "The next purchase ends the alert.",
        *(_model(churn.model) if churn.model else []),
        *churn_notes(churn),
    ]


def churn_notes(churn: Churn | None) -> list[str]:
    """What the programme does not do that one might expect of it."""
    if churn is None:
        return []
    return [*([] if churn.model else [NO_MODEL]), *([ONLY_WITH_CONSENT] if churn.needs_consent else [])]


def _levels(churn: Churn) -> list[str]:
    """What raises each level; one sentence when intervals say it all."""
    if not any(level.risk_ppm or level.p_alive_ppm for level in churn.levels):
        levels = ", ".join(f"{level.name} at {level.text} times" for level in churn.levels)
        return [f"An alert is raised when a customer stays away longer than that: {levels}."]
    return [
        f"An alert is raised when a customer is in danger of being lost; "
        f"the risk is that of no purchase within {plural(str(churn.horizon_days), 'day')}.",
        *(f"  {level.name}: {_asked(level)}." for level in churn.levels),
    ]


def _asked(level: ChurnLevel) -> str:
    """What a level asks for."""
    asked = [f"{level.text} times the usual interval without a purchase"] if level.text else []
    if level.risk_ppm:
        asked.append(f"a risk of {_percent(level.risk_ppm)}")
    if level.p_alive_ppm:
        asked.append(f"no more than {_percent(level.p_alive_ppm)} to be still a customer")
    return (" and " if level.all_of else " or ").join(asked)


def _modifiers(modifiers: Modifiers) -> list[str]:
    """What makes a level one higher."""
    asked = ["an open complaint"] if modifiers.complaint else []
    if modifiers.unsubscribed:
        asked.append("an unsubscription")
    if modifiers.refunds_ppm:
        asked.append(f"more than {_percent(modifiers.refunds_ppm)} of the money of the last five orders back")
    if modifiers.activity_ppm:
        asked.append(f"activity of late below {_percent(modifiers.activity_ppm)} of that before")
    told = f"The level is one higher, never two, with {' or '.join(asked)}."
    return [told, "Any of these raises the first level too."] if modifiers.alone else [told]


def _model(model: ChurnModel) -> list[str]:
    """Which model tells the risk, and what of."""
    told = f"Model {model.version} tells each customer's risk and the probability of being still a customer."
    if model.spend is None:
        return [told]
    margin = Decimal(model.spend.margin[0]) / model.spend.margin[1] * 100
    return [
        told,
        f"A customer's worth is {margin.normalize():f} % of what is likely to be spent "
        f"within {plural(str(model.spend.horizon_days), 'day')}.",
    ]


def _decimal(ratio: tuple[int, int]) -> str:
    """A number as decimal digits; a rulebook writes no other."""
    return f"{(Decimal(ratio[0]) / ratio[1]).normalize():f}"


def _percent(ppm: int) -> str:
    return f"{(Decimal(ppm) / 10_000).normalize():f} %"
