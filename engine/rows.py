"""How a customer is written: as one flat tuple of values, because lists cost more than numbers."""

from typing import Final

import msgspec

from engine.history import Change, Grant, Term
from engine.life import Held, Life
from engine.member import MemberValues, member_from, values_of_member
from engine.notice_state import NoticeValues, notices_from, values_of_notices
from engine.profile_parts import Latest
from engine.scores import rfm_from, values_of_rfm
from engine.signals import signals_from, values_of_signals
from engine.state import Customer, Day, Rhythm, Standing, Timer
from engine.wallet import Wallet, brief, fill_wallet, instant_of, values_of_wallet
from engine.watch_state import values_of_watch, watch_from

Values = tuple[
    int,  # rev
    int,  # enrolled_ms
    int,  # Wallet: active
    int,  # earned
    int,  # clawed
    int,  # Totals: spend_minor
    int,  # qualifying
    int,  # orders
    int,  # purchase_days
    int,  # engagement_points
    list[int],  # days, six values each
    dict[str, tuple[list[Grant], list[Change], Term | int | None]],  # standings, see `_standing_from`
    list[int],  # rhythm, empty for none
    dict[str, list[int]],  # caps: see `engine.caps` and `engine.streaks`
    dict[str, tuple[int, int]],  # timers: the instant in brief, the epoch
    bytes,  # seen
    int,  # buckets
    int,  # stored
    int,  # stored_day
    int,  # first_block
    int,  # last_block
    int,  # Totals: referrals
    list[int],  # referred
    list[int],  # Wallet: the rest, see `engine.wallet`
    dict[str, list[int]],  # the other wallets: active, earned, clawed, the rest
    list[int],  # signals, empty for none
    Latest | None,  # latest
    NoticeValues | None,  # notices
    MemberValues | None,  # the member, see `engine.member`
    Life | None,
    dict[str, Held],  # tags
    list[int],  # watch, empty for none
    list[int],  # rfm, empty for none
]
"""The values of `FIELDS`."""

FIELDS: Final = (
    "rev",
    "enrolled_ms",
    "active",
    "earned",
    "clawed",
    "spend_minor",
    "qualifying",
    "orders",
    "purchase_days",
    "engagement_points",
    "days",
    "standings",
    "rhythm",
    "caps",
    "timers",
    "seen",
    "buckets",
    "stored",
    "stored_day",
    "first_block",
    "last_block",
    "referrals",
    "referred",
    "wallet",
    "wallets",
    "signals",
    "latest",
    "notices",
    "member",
    "life",
    "tags",
    "watch",
    "rfm",
)


day_values_in: Final = msgspec.msgpack.Decoder(list[int]).decode
NO_WALLETS: Final[dict[str, list[int]]] = {}


def values_of(customer: Customer) -> Values:
    """The values to store. Lists and dicts in it are the customer's own: write it before the next step."""
    wallet, totals, rhythm = customer.wallet, customer.totals, customer.rhythm
    return (
        customer.rev,
        customer.enrolled_ms,
        wallet.active,
        wallet.earned,
        wallet.clawed,
        totals.spend_minor,
        totals.qualifying,
        totals.orders,
        totals.purchase_days,
        totals.engagement_points,
        values_of_days(customer.days),
        {name: (s.grants, s.history, _short_term(s.term)) for name, s in customer.standings.items()},
        []
        if rhythm is None
        else [
            rhythm.days,
            rhythm.first_day,
            rhythm.last_day,
            rhythm.last_ms,
            rhythm.level,
            int(rhythm.alerted),
        ],
        customer.caps,
        {kind: (brief(timer.due_ms), timer.epoch) for kind, timer in customer.timers.items()},
        customer.seen,
        customer.buckets,
        customer.stored,
        customer.stored_day,
        customer.first_block,
        customer.last_block,
        totals.referrals,
        customer.referred,
        values_of_wallet(wallet),
        {
            name: [other.active, other.earned, other.clawed, *values_of_wallet(other)]
            for name, other in customer.wallets.items()
        }
        if customer.wallets
        else NO_WALLETS,
        values_of_signals(customer.signals),
        customer.latest,
        values_of_notices(customer.notices),
        values_of_member(customer.member),
        customer.life,
        customer.tags,
        values_of_watch(customer.watch),
        values_of_rfm(customer.rfm),
    )


def customer_from(name: str, values: Values) -> Customer:
    """The customer with this id whose values these are; it takes their lists and dicts over."""
    customer = Customer(name)
    totals = customer.totals
    customer.rev = values[0]
    customer.enrolled_ms = values[1]
    wallet, more = customer.wallet, values[23]
    wallet.active = values[2]
    wallet.earned = values[3]
    wallet.clawed = values[4]
    if more:
        fill_wallet(wallet, more)
    totals.spend_minor = values[5]
    totals.qualifying = values[6]
    totals.orders = values[7]
    totals.purchase_days = values[8]
    totals.engagement_points = values[9]
    customer.days = days_from(values[10])
    for tier_set, standing in values[11].items():
        customer.standings[tier_set] = _standing_from(*standing)
    rhythm = values[12]
    if rhythm:
        days, first_day, last_day, last_ms, level, alerted = rhythm
        customer.rhythm = Rhythm(days, first_day, last_day, last_ms, level, alerted == 1)
    customer.caps = values[13]
    for kind, timer in values[14].items():
        customer.timers[kind] = Timer(instant_of(timer[0]), timer[1])
    customer.seen = values[15]
    customer.buckets = values[16]
    customer.stored = values[17]
    customer.stored_day = values[18]
    customer.first_block = values[19]
    customer.last_block = values[20]
    totals.referrals = values[21]
    customer.referred = values[22]
    for wallet_id, kept in values[24].items():
        customer.wallets[wallet_id] = other = Wallet(kept[0], kept[1], kept[2])
        fill_wallet(other, kept[3:])
    if values[25]:
        customer.signals = signals_from(values[25])
    customer.latest = values[26]
    customer.notices = notices_from(values[27])
    customer.member = member_from(values[28])
    customer.life = values[29]
    customer.tags = values[30]
    customer.watch = watch_from(values[31])
    if values[32]:
        customer.rfm = rfm_from(values[32])
    return customer


def _short_term(term: Term | None) -> Term | int | None:
    """A term as it is written: of most nothing is known but the end."""
    return brief(term.end_ms) if term is not None and term.only_ends() else term


def _standing_from(grants: list[Grant], history: list[Change], term: Term | int | None) -> Standing:
    """The standing that was written; rank and since when are those of the last change."""
    now = history[-1]
    if isinstance(term, int):
        term = Term(instant_of(term))
    return Standing(now.rank, now.at_ms, grants, history, term)


def values_of_days(days: list[Day]) -> list[int]:
    """Days as they are written, six values each: a day counts from the one before it."""
    values: list[int] = []
    before = 0
    for d in days:
        values += (
            d.day - before,
            d.spend_minor,
            d.qualifying,
            2 * d.orders + d.bought,
            d.engagement_points,
            d.since_rev,
        )
        before = d.day
    return values


def days_from(values: list[int]) -> list[Day]:
    """The days whose values these are."""
    days: list[Day] = []
    day = 0
    for at in range(0, len(values), 6):
        day += values[at]
        orders = values[at + 3]
        days.append(
            Day(
                day,
                values[at + 1],
                values[at + 2],
                orders >> 1,
                values[at + 4],
                orders & 1 == 1,
                values[at + 5],
            )
        )
    return days
