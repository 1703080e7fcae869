"""What the keys about members as persons must agree on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.facts import REFERRAL_PURCHASE
from rules.member_keys import ReferralKeys, RewardKeys
from rules.mistakes import Mistake
from rules.source import Path

if TYPE_CHECKING:
    from rules.book import Book


def rewards(book: "Book") -> Iterator[tuple[Path, RewardKeys | ReferralKeys]]:
    """What these sections give points for, with its place; the last part of that is the rule's name."""
    if book.care is not None:
        for name, keys in (("birthday", book.care.birthday), ("anniversary", book.care.anniversary)):
            if keys is not None:
                yield ("care", name), keys
    if book.referral is not None:
        yield ("referral",), book.referral


def _consents(book: "Book") -> Iterator[Mistake]:
    """Scopes that are there twice."""
    scopes = book.consents.assumed if book.consents else []
    for at, scope in enumerate(scopes):
        if scope in scopes[:at]:
            yield ("consents", "assumed", at), f"{scope} is there twice", "delete it"


def _care(book: "Book") -> Iterator[Mistake]:
    """Care of no day, years that are there twice, and keys that speak of points where there are none."""
    care = book.care
    if care is None:
        return
    if care.birthday is None and care.anniversary is None:
        yield ("care",), "no day is kept", "add `birthday:` or `anniversary:`, or delete `care`"
    years = care.anniversary.years if care.anniversary else []
    for at, each in enumerate(years):
        if each.years in [other.years for other in years[:at]]:
            yield ("care", "anniversary", "years", at), f"the year {each.years} is there twice", "delete one"
    for path, keys in rewards(book):
        if path[0] != "care" or keys.points is not None or (path[1] == "anniversary" and years):
            continue
        for name in ("wallet", "qualifying"):
            if name in keys.model_fields_set:
                yield (*path, name), "it gives no points", f"add `points:`, or delete `{name}`"


def _referral(book: "Book") -> Iterator[Mistake]:
    """A rule for what the engine finds by itself when it knows of referrals."""
    if book.referral is None:
        return
    for at, rule in enumerate(book.engagement):
        if rule.kind == REFERRAL_PURCHASE:
            what = "the engine finds a friend's first purchase itself, and `referral` gives the points"
            yield ("engagement", at, "kind"), what, "delete this rule"


CHECKS = (_consents, _care, _referral)
