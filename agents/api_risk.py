"""How likely a customer is to be lost, and why: the absence, the model, every factor, what comes next.

Read when somebody asks, for the engine keeps none of it; nothing here decides anything.
"""

from typing import Any

from agents.accounts import Reader
from agents.cabinet import Cabinet
from agents.reasons_lives import absence_in_words, factor_in_words, model_in_words
from agents.reasons_said import Said
from agents.reasons_words import Shop, shop_of
from agents.run import Partition
from engine import watch
from engine.calendar import DAY_MS
from engine.churn import ahead, base_level
from engine.churn_effects import Factor
from engine.crossing import expected_days, gap_ratio_ppm
from engine.plan import plan_of
from engine.risk_facts import judged
from engine.state import Rhythm
from engine.strategy import suggested
from engine.turn import Turn
from rules.compiled_churn import Churn

Json = dict[str, Any]


def risk_of(partition: Partition, store: Reader, customer: str) -> Json | None:
    """What is known of the customer's risk as of the partition's time, None for one not known at all.

    `watched` is false, with nothing else, for who has not bought or has not joined, for who does not agree to
    it, and where the rulebook has no `churn`.
    """
    account = Cabinet(store).take([customer])[customer]
    if account is None or account.customer.rev == 0:
        return None
    book, now_ms = partition.rulebook, partition.now_ms
    turn = Turn(account, book, plan_of(book), now_ms, now_ms, b"", "", False)
    found: Json = {"customer": customer, "computed_ms": now_ms, "ruleversion": book.ruleversion}
    rhythm, churn = account.customer.rhythm, book.churn
    if rhythm is None or churn is None or account.customer.enrolled_ms < 0 or not turn.agrees():
        return found | {"watched": False} | _action(turn, "")
    return found | {"watched": True} | _told(turn, rhythm, churn, shop_of(book))


def _told(turn: Turn, rhythm: Rhythm, churn: Churn, shop: Shop) -> Json:
    at, gap_ms = min(rhythm.level, len(churn.levels)), max(turn.now_ms - rhythm.last_ms, 0)
    level = churn.levels[at - 1] if at else None
    known: Json = {
        "level": "" if level is None else level.name,
        "ratio": "" if level is None else level.text,
        "last_purchase_ms": rhythm.last_ms,
        "purchase_days": rhythm.days,
        "gap_days": gap_ms // DAY_MS,
        "expected_gap_days": expected_days(rhythm, churn),
        "gap_ratio_ppm": gap_ratio_ppm(rhythm, churn, gap_ms),
        **_model(turn, rhythm, churn, gap_ms),
        **_next(turn, rhythm, churn),
        **_action(turn, "" if level is None else level.name),
    }
    lifted = at > base_level(turn, rhythm, churn, turn.now_ms)
    factors = watch.factors(turn, churn.modifiers, lifted)
    known["factors"] = [_factor(each) for each in factors]
    absence, model = absence_in_words(known, lifted), model_in_words(known, shop)
    known["reason"] = _both(absence)
    if model.en:
        known["model_reason"] = _both(model)
    return known


def _model(turn: Turn, rhythm: Rhythm, churn: Churn, gap_ms: int) -> Json:
    """What the model says, nothing without one."""
    fitted = turn.plan.fitted
    if fitted is None:
        return {}
    risk_ppm, p_alive_ppm, clv_minor = judged(turn.account, fitted, rhythm, churn, gap_ms)
    found: Json = {
        "model_version": fitted.version,
        "horizon_days": churn.horizon_days,
        "risk_ppm": risk_ppm,
        "p_alive_ppm": p_alive_ppm,
    }
    if fitted.spend is not None:
        found["clv_minor"] = clv_minor
        found["clv_days"] = fitted.spend.horizon_days
    return found


def _next(turn: Turn, rhythm: Rhythm, churn: Churn) -> Json:
    """The level that is raised next if nothing more happens, and when; nothing where none is."""
    level, at_ms = ahead(turn, rhythm, churn)
    return {"next_level": churn.levels[level - 1].name, "next_level_ms": at_ms} if level else {}


def _action(turn: Turn, level: str) -> Json:
    """What the strategy suggests to do, nothing where it suggests nothing."""
    action = suggested(turn, level)
    if action is None:
        return {}
    return {"action": {"id": action.id, "offer": action.offer, "texts": dict(action.texts)}}


def _factor(each: Factor) -> Json:
    found: Json = {"factor": each.factor, "value": each.value, "limit": each.limit, "raises": each.raises}
    return {key: value for key, value in found.items() if value is not None} | {
        "reason": _both(factor_in_words(found))
    }


def _both(said: Said) -> Json:
    return {"en": said.en, "zh": said.zh}
