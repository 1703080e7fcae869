"""What becomes of points: the values that `engine` reads, and how they are made of the file's keys."""

from dataclasses import dataclass
from typing import Final, Literal

from rules.facts import MAIN
from rules.points_keys import MainKeys, PointsKeys
from rules.values import Duration

ON_DELIVERY: Final = -1


@dataclass(frozen=True, slots=True, eq=False)  # The same only as itself: quick to look up by.
class Expiry:
    """When points lapse. `round` is the local period to whose end they last, "" for a yearly day.

    `length` counts from the anchor; for `inactivity` from the last activity named in `by`; for `yearly`
    it is the least age, and points lapse at the end of the (month, day) `yearly`.
    """

    kind: Literal["after", "yearly", "inactivity"]
    length: Duration
    round: Literal["day", "month", "quarter", "year"] = "day"
    from_activation: bool = True
    yearly: tuple[int, int] = (0, 0)
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WalletRule:
    """The rules of one wallet. `pending_days` 0: active at once; ON_DELIVERY: when the order is delivered.

    `debt_max` -1: any debt; 0: none. `reminders` are days before points lapse, the most first.
    `qualifies_later`: qualifying points count when the points become active. `adjustments_qualify`: points by
    hand count for levels unless the command says otherwise.
    """

    id: str = MAIN
    pending_days: int = 0
    expiry: Expiry | None = None
    reminders: tuple[int, ...] = ()
    reinstate_grace_days: int = 0
    debt_max: int = -1
    second_actor_above: int | None = None
    qualifies_later: bool = False
    adjustments_qualify: bool = False

    @property
    def plain(self) -> bool:
        """Whether points are active at once and for ever."""
        return self.pending_days == 0 and self.expiry is None


def wallet_rule(keys: PointsKeys | None, wallet_id: str = MAIN) -> WalletRule:
    """The rules of a wallet, `keys` None for one without any."""
    if keys is None:
        return WalletRule(wallet_id)
    pending = keys.pending
    return WalletRule(
        id=wallet_id,
        pending_days=0 if pending is None else ON_DELIVERY if pending.on else pending.days or 0,
        expiry=_expiry(keys),
        reminders=tuple(sorted(keys.reminders or (), reverse=True)),
        reinstate_grace_days=keys.reinstate_grace_days,
        debt_max=keys.shortfall,
        second_actor_above=keys.second_actor_above,
        qualifies_later=isinstance(keys, MainKeys) and keys.qualifying_at == "activation",
        adjustments_qualify=isinstance(keys, MainKeys) and keys.adjustments_qualify,
    )


def _expiry(keys: PointsKeys) -> Expiry | None:
    e = keys.expiry
    if e is None:
        return None
    from_activation = e.anchor == "activation"
    if e.after is not None:
        return Expiry("after", e.after, e.round, from_activation)
    if e.yearly is not None:
        length = e.min_age or Duration(0, 0)
        return Expiry("yearly", length, from_activation=from_activation, yearly=e.yearly)
    assert e.inactivity is not None, "rules.points_checks wants one of the three"
    return Expiry("inactivity", e.inactivity, e.round, by=frozenset(e.by or ("purchase",)))
