"""Who refers a friend: points to both once the friend's first purchase has stood its return window.

Two customers take part, who may live in different partitions. The referrer's sends `referral.opened` to the
friend's, which watches the purchase and answers `referral.closed`, either way exactly once: see
`docs/decisions/referrals.md`.
"""

from hashlib import sha1
from typing import Final

from engine import lapsing, tiers
from engine.calendar import DAY_MS
from engine.effects import Ref, ReferralRefused
from engine.engagement import reward
from engine.events import Engagement, ReferralClosed, ReferralOpened
from engine.history import Referral
from engine.member import Member, field
from engine.order import Order
from engine.personal import member_of
from engine.referrals import refer
from engine.timers import arm
from engine.turn import Turn

KIND: Final = "referral"
SIGNUP: Final = "referral_signup"
HASHES: Final = ("phone", "device", "card")
LINE_MAX: Final = 16  # Referrers before the customer, and theirs, whom a circle is looked for among.
REFEREES_MAX: Final = 100
KEEP_MS: Final = 90 * DAY_MS  # Whoever bought longer ago was a customer before any referral that still comes.
WHYS: Final = {
    "no_referee": "no referee_id says who was referred",
    "self": "customers cannot refer themselves",
    "not_enrolled": "one of the two has not joined the programme",
    "circular": "the one who is referred has referred this customer, or somebody before them",
    "already_referred": "somebody has referred that customer before",
    "already_customer": "that customer had bought before the referral",
    "same_phone": "both have the same phone",
    "same_device": "both have the same device",
    "same_card": "both have the same payment card",
    "returned": "nothing is left of the first purchase",
    "too_little": "the first purchase, less what came back, is below what the programme asks for",
    "no_programme": "the programme has no referrals any more",
}


def invite(turn: Turn, engagement: Engagement) -> None:
    """Tells the friend's partition of a referral, or emits why it is none."""
    customer, friend, why = turn.customer, engagement.referee_id, ""
    if not friend:
        why = "no_referee"
    elif friend == customer.id:
        why = "self"
    elif not turn.joined():
        why = "not_enrolled"
    if why:
        _refuse(turn, friend, why)
        return
    referral = _referral(turn)
    if mark(friend) not in referral.referees:
        referral.referees = [*referral.referees, mark(friend)][-REFEREES_MAX:]
    line = tuple([each.hex() for each in referral.line])
    turn.send(friend, "referral.opened", ReferralOpened(customer.id, line, _hashes(customer.member)))


def opened(turn: Turn, data: ReferralOpened) -> None:
    """Has the referral wait for the first purchase, or for the end of its return window; or refuses it."""
    customer, rule = turn.customer, turn.rulebook.referral
    known, who = None if customer.member is None else customer.member.referral, mark(data.referrer)
    why = _same(_hashes(customer.member), data.hashes)
    if rule is None:
        why = "no_programme"
    elif known is not None and known.by:
        why = "already_referred"
    elif mark(customer.id).hex() in data.line or (known is not None and who in known.referees):
        why = "circular"
    elif _bought_before(turn, known):
        why = "already_customer"
    if why:
        turn.send(data.referrer, "referral.closed", ReferralClosed(customer.id, why))
        return
    referral = _referral(turn)
    referral.by, referral.at_ms, referral.open = data.referrer, turn.occurred_ms, True
    referral.line = [who, *[bytes.fromhex(each) for each in data.line]][:LINE_MAX]
    referral.hashes = list(data.hashes)
    _wait(turn, referral)


def _bought_before(turn: Turn, known: Referral | None) -> bool:
    if turn.customer.rhythm is None:
        return False
    return known is None or not known.order_id or known.bought_ms < turn.occurred_ms


def bought(turn: Turn, order_id: str, order: Order) -> None:
    """Notes a customer's first purchase; to be told of each new order, before the rhythm moves on."""
    customer = turn.customer
    referral = None if customer.member is None else customer.member.referral
    if customer.rhythm is None:
        referral = _referral(turn)
    elif referral is None or not referral.order_id:
        return
    elif turn.occurred_ms >= referral.bought_ms:
        if not referral.open and referral.bought_ms < turn.now_ms - KEEP_MS:
            _forget(turn, referral)
        return
    referral.order_id, referral.bought_ms, referral.day = order_id, turn.occurred_ms, turn.today
    referral.left_minor = order.left_minor()
    if referral.open and turn.occurred_ms < referral.at_ms:
        _close(turn, referral, "already_customer")
    elif referral.open:
        _wait(turn, referral)


def _forget(turn: Turn, referral: Referral) -> None:
    """Lets go of a first purchase that no referral may still ask for, and of what is empty then."""
    customer = turn.customer
    referral.order_id = ""
    member = customer.member
    assert member is not None, "its referral was there"
    if not referral.by and not referral.referees:
        member.referral = None
        if member.empty():
            customer.member = None


def changed(turn: Turn, order_id: str, order: Order) -> None:
    """Notes what is left of the first purchase, after a refund or a newer version of it."""
    member = turn.customer.member
    if member is not None and member.referral is not None and member.referral.order_id == order_id:
        member.referral.left_minor = order.left_minor()


def due(turn: Turn) -> None:
    """The return window of the first purchase is over: both get their points, or nobody does."""
    member, rule = turn.customer.member, turn.rulebook.referral
    referral = None if member is None else member.referral
    if referral is None or not referral.open:
        return
    why = _same(_hashes(member), tuple(referral.hashes))
    if rule is None:
        why = "no_programme"
    elif turn.customer.enrolled_ms < 0:
        why = "not_enrolled"
    elif referral.left_minor < rule.min_minor:
        why = "too_little" if referral.left_minor else "returned"
    _close(turn, referral, why)
    if not why and rule is not None and rule.referee.points:
        reward(turn, rule.referee, Ref(engagement=KIND, ref_id=referral.by))
        _settle(turn)


def closed(turn: Turn, data: ReferralClosed) -> None:
    """Gives the referrer their points, or emits why there are none."""
    rule, customer = turn.rulebook.referral, turn.customer
    why = data.why or _same(_hashes(customer.member), data.hashes)
    if not why and rule is None:
        why = "no_programme"
    if why or rule is None:
        _refuse(turn, data.referee, why)
        return
    refer(customer, turn.day)
    reward(turn, rule.referrer, Ref(engagement=KIND, ref_id=data.referee))
    _settle(turn)


def mark(customer: str) -> bytes:
    """What stands for a customer in a line of referrers."""
    return sha1(customer.encode(), usedforsecurity=False).digest()[:8]


def _close(turn: Turn, referral: Referral, why: str) -> None:
    hashes = _hashes(turn.customer.member)
    turn.send(referral.by, "referral.closed", ReferralClosed(turn.customer.id, why, hashes))
    referral.open, referral.hashes, referral.order_id = False, [], ""
    arm(turn.customer, KIND, 0)


def _wait(turn: Turn, referral: Referral) -> None:
    """Waits for the local midnight that ends the last day of the return window, once it has begun."""
    rule = turn.rulebook.referral
    if rule is not None and referral.order_id:
        arm(turn.customer, KIND, turn.plan.days.start_ms(referral.day + rule.after_days + 1))


def _refuse(turn: Turn, referee: str, why: str) -> None:
    entry = ReferralRefused(referee, why, WHYS[why], turn.customer.rev)
    turn.emit(ReferralRefused.TYPE, entry)


def _referral(turn: Turn) -> Referral:
    """What is kept of referrals, made if need be."""
    member = member_of(turn)
    if member.referral is None:
        member.referral = Referral()
    return member.referral


def _hashes(member: Member | None) -> tuple[str, ...]:
    """What is kept of phones, devices and cards, each with its kind in front."""
    found: list[str] = []
    for kind in HASHES:
        value = field(member, kind)
        if isinstance(value, tuple):
            found += [f"{kind}:{each}" for each in value]
    return tuple(found)


def _same(mine: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Why two are taken for one person, "" if they are not."""
    for each in mine:
        if each in others:
            return "same_" + each.partition(":")[0]
    return ""


def _settle(turn: Turn) -> None:
    tiers.settle(turn)
    if turn.rearm:
        lapsing.wait(turn)
