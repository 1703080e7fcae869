"""What the keys about earning must agree on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from rules.book import Book
from rules.cap_keys import CapKeys, listed
from rules.currencies import MINOR_DIGITS
from rules.earn_keys import BonusKeys, EarnRuleKeys, MultiplierKeys
from rules.facts import Period
from rules.member_checks import rewards
from rules.mistakes import Mistake, repeated
from rules.source import Path

SCALE_MAX = 10**12
POINTS_PER_MINOR_MAX = 1000
_PER_REF = (Period.REF, Period.ORDER, Period.ORDER_LINE, Period.SURVEY)


def exactness(book: Book) -> Iterator[Mistake]:
    """Rates whose numbers would outgrow the 64 bits kept with an order."""
    minor = 10 ** MINOR_DIGITS.get(book.currency, 0)
    rates = [Fraction(rule.points) / (Fraction(rule.per) * minor) for rule in book.earn.rules]
    extras = [Fraction(multiplier.times) - 1 for multiplier in book.earn.multipliers]
    levels = [Fraction(level.multiplier) for level in book.multiplying.levels]
    scale = 1
    for factors in (rates, extras, levels):
        scale *= lcm(*(factor.denominator for factor in factors))
    if scale > SCALE_MAX:
        what = "the rates and multipliers have too fine a common denominator"
        yield ("earn",), what, "use fewer decimals in `times` and `multiplier`, and rounder amounts in `per`"
    if sum(rates) * (1 + sum(extras)) * max(levels) > POINTS_PER_MINOR_MAX:
        what = f"all rules together can earn more than {POINTS_PER_MINOR_MAX} points for the smallest coin"
        yield ("earn", "rules"), what, "give fewer `points`, or raise `per`"


def rule_ids(book: Book) -> Iterator[Mistake]:
    """Ids used twice: an explanation must name one rule only."""
    rules: list[tuple[Path, str]] = [(path, str(path[-1])) for path, _ in rewards(book)]
    rules += [(("earn", "rules", at, "id"), rule.id) for at, rule in enumerate(book.earn.rules)]
    rules += [(("earn", "multipliers", at, "id"), rule.id) for at, rule in enumerate(book.earn.multipliers)]
    rules += [(("earn", "bonuses", at, "id"), rule.id) for at, rule in enumerate(book.earn.bonuses)]
    for at, rule in enumerate(book.engagement):
        rules.append((("engagement", at, "id" if rule.id else "kind"), rule.id or rule.kind))
    yield from repeated(rules, "the id")


def engagement(book: Book) -> Iterator[Mistake]:
    """Two rules for one kind."""
    kinds = [(("engagement", number, "kind"), rule.kind) for number, rule in enumerate(book.engagement)]
    yield from repeated(kinds, "the kind")


def bounds(book: Book) -> Iterator[Mistake]:
    """Caps that say nothing, or the same thing twice, or that an order knows nothing of."""
    for place, cap in _caps(book):
        spans = []
        for at, each in enumerate(listed(cap)):
            path: Path = (*place, at) if isinstance(cap, list) else place
            if each.count is None and each.points is None:
                yield path, "the cap bounds nothing", "add `count: N` or `points: N`"
            if each.per in spans:
                what = f"a second cap per {each.per.text}"
                yield path, what, "write one cap with both `count` and `points`"
            spans.append(each.per)
            if place[0] != "engagement" and each.per.period in _PER_REF:
                what = f"only an engagement has {each.per.text} for a cap to go by"
                yield (*path, "per"), what, "use a period, such as day or `rolling 30 days`"


def _caps(book: Book) -> Iterator[tuple[Path, CapKeys | list[CapKeys] | None]]:
    """Every place where a cap may stand, with the cap."""
    yield ("cap",), book.cap
    for name, rules in _sections(book):
        for at, rule in enumerate(rules):
            yield ("earn", name, at, "cap"), rule.cap
    for at, group in enumerate(book.earn.groups):
        yield ("earn", "groups", at, "cap"), group.cap
    for at, engaged in enumerate(book.engagement):
        yield ("engagement", at, "cap"), engaged.cap
    if book.referral:
        yield ("referral", "cap"), book.referral.cap


def _sections(book: Book) -> list[tuple[str, Sequence[EarnRuleKeys | MultiplierKeys | BonusKeys]]]:
    earn = book.earn
    return [("rules", earn.rules), ("multipliers", earn.multipliers), ("bonuses", earn.bonuses)]


def groups(book: Book) -> Iterator[Mistake]:
    """Groups that are bounded and have nobody in them; a `stop` with nobody to stop."""
    members = Counter(rule.group for _, rules in _sections(book) for rule in rules)
    ids = [(("earn", "groups", at, "id"), group.id) for at, group in enumerate(book.earn.groups)]
    yield from repeated(ids, "the id")
    for path, name in ids:
        if not members[name]:
            remedy = f"write `group: {name}` in the rules that it bounds"
            yield path, f"no rule is in the group {name}", remedy
    for name, rules in _sections(book):
        sizes = Counter(rule.group for rule in rules)
        for at, rule in enumerate(rules):
            if rule.stop and (rule.group is None or sizes[rule.group] == 1):
                what = "there is no other of its group to stop"
                yield ("earn", name, at, "stop"), what, "give both the same `group`, or delete `stop`"
