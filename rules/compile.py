"""A checked file -> the values and functions that `engine.step` reads. Exact: no rate is ever rounded."""

from fractions import Fraction
from hashlib import sha256
from zoneinfo import ZoneInfo

from rules import book as keys
from rules.amounts import scale_of
from rules.churn_compile import churn
from rules.compiled import Rulebook
from rules.currencies import MINOR_DIGITS
from rules.earn_compile import caps, earning, engagement
from rules.facts import PROFILING
from rules.lifecycle_compile import activity, facts_read, stages, tags
from rules.member_compile import care, referral
from rules.notices import notifications
from rules.strategies import strategy
from rules.tier_compile import tier_set
from rules.wallets import wallet_rule


def compile_book(book: keys.Book, text: str) -> Rulebook:
    """The rulebook of a book without mistakes; `text` is the file it came from."""
    digits, scale = MINOR_DIGITS[book.currency], _tier_scale(book)
    sets = tuple(tier_set(one, book.currency, scale) for _, one in book.sets)
    every_stage = stages(book.lifecycle.stages, book.currency) if book.lifecycle else ()
    segments = stages(book.segments, book.currency)
    every_tag = tags(book.tags or [], book.currency)
    told = notifications(book.notifications, book.currency)
    return Rulebook(
        programme=book.programme,
        version=book.version,
        ruleversion=f"{book.programme}@{book.version}",
        digest=sha256(text.encode()).hexdigest(),
        text=text,
        timezone=book.timezone,
        zone=ZoneInfo(book.timezone),
        currency=book.currency,
        minor_digits=digits,
        enrolment=book.enrolment,
        earning=earning(book.earn, book.currency, digits, _tier_scale(book)),
        engagements={rule.kind: engagement(rule) for rule in book.engagement},
        tier_set=next(one for one in sets if one.id == book.multiplying.id),
        tier_sets=sets,
        churn=churn(book.churn, digits, _asks(book)) if book.churn else None,
        caps=caps(book.cap),
        cycle=book.cycle.compiled() if book.cycle else None,
        profiles=book.profiles == "on",
        consents=frozenset(book.consents.assumed) if book.consents else None,
        care=care(book.care),
        referral=referral(book.referral, digits),
        foresight=any(
            section is not None
            for section in (
                book.activity,
                book.lifecycle,
                book.tags,
                book.rfm,
                book.notifications,
                book.churn and book.churn.modifiers,
            )
        ),
        activity=activity(book.activity),
        stages=every_stage,
        segments=segments,
        tags=every_tag,
        reads=facts_read(every_stage + segments, every_tag, told.audiences() if told else ()),
        points=wallet_rule(book.points),
        wallets={wallet.id: wallet_rule(wallet, wallet.id) for wallet in book.wallets},
        strategy=strategy(book.strategy),
        notifications=told,
        rfm=book.rfm.compiled() if book.rfm else None,
    )


def _asks(book: keys.Book) -> bool:
    """Whether only who agreed to profiling is watched for staying away."""
    return book.consents is not None and PROFILING not in book.consents.assumed


def _tier_scale(book: keys.Book) -> int:
    """The common denominator of the levels' multipliers."""
    return scale_of(Fraction(level.multiplier) for level in book.multiplying.levels)
