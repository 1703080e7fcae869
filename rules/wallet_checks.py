"""What rules that fill wallets beside the points must agree on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rules.earn_keys import BonusKeys, EarnRuleKeys, EngagementKeys, MultiplierKeys
from rules.facts import MAIN
from rules.member_checks import rewards
from rules.member_keys import ReferralKeys, RewardKeys
from rules.mistakes import Mistake
from rules.source import Path
from rules.values import nearest

if TYPE_CHECKING:
    from rules.book import Book

OfOrders = EarnRuleKeys | MultiplierKeys | BonusKeys
AnyRule = OfOrders | EngagementKeys | RewardKeys | ReferralKeys


def filled_wallets(book: "Book") -> Iterator[Mistake]:
    """Wallets that are not declared, and what only the points can have."""
    known = [MAIN, *(wallet.id for wallet in book.wallets)]
    fed = {rule.wallet for rule in book.earn.rules}
    for path, rule in _rules(book):
        if rule.wallet not in known:
            near = nearest(rule.wallet, known)
            remedy = f"did you mean {near}?" if near else f"add `- id: {rule.wallet}` under `wallets`"
            yield (*path, "wallet"), f"there is no wallet {rule.wallet}", remedy
        elif isinstance(rule, MultiplierKeys) and rule.wallet not in fed and fed <= set(known):
            what = f"no rule gives {rule.wallet} that it could multiply"
            yield (*path, "wallet"), what, f"give a rule `wallet: {rule.wallet}`, or delete the multiplier"
        elif rule.wallet != MAIN and not isinstance(rule, EarnRuleKeys) and rule.qualifying:
            what = f"{rule.wallet} cannot qualify, only {MAIN} can"
            yield (*path, "qualifying"), what, "delete it"
    yield from _mixed_groups(book)


def _mixed_groups(book: "Book") -> Iterator[Mistake]:
    """Groups whose rules fill different wallets: neither the best nor a bound can be found among them."""
    first: dict[str, str] = {}
    for path, rule in _rules(book):
        if not isinstance(rule, OfOrders) or rule.group is None:
            continue
        wallet = first.setdefault(rule.group, rule.wallet)
        if wallet != rule.wallet:
            what = f"the group {rule.group} fills the wallet {wallet}, this rule fills {rule.wallet}"
            yield (*path, "group"), what, "use one group for each wallet"


def _rules(book: "Book") -> Iterator[tuple[Path, AnyRule]]:
    earn = book.earn
    sections: list[tuple[str, Sequence[OfOrders]]] = [
        ("rules", earn.rules),
        ("multipliers", earn.multipliers),
        ("bonuses", earn.bonuses),
    ]
    for name, rules in sections:
        for at, rule in enumerate(rules):
            yield ("earn", name, at), rule
    for at, engaged in enumerate(book.engagement):
        yield ("engagement", at), engaged
    yield from rewards(book)
