"""The made-up shop sends what a shop does, and of everything that senders get wrong a little."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.lines import LineRecord
from demo.load import Shop
from rules.load import load_rulebook
from tests.agents.support_fold import CATALOGUE, END_MS, Fold

BOOK = load_rulebook(Path("rules/programs/default.yaml"))
EVENTS = 4_000


def records(seed):
    """What the shop sends, a second apart, as one partition has it."""
    shop, found = Shop(seed, 200, BOOK.currency, "run"), []
    for number in range(EVENTS):
        at_ms = END_MS + number * 1_000
        for sent in shop.next(datetime.fromtimestamp(at_ms / 1000, UTC)):
            found.append(LineRecord(CATALOGUE.name(sent.role), 0, len(found), at_ms, sent.key, sent.value))
    return found


def test_the_same_seed_is_the_same_shop():
    one, two, other = ([(each.key, each.value) for each in records(seed)] for seed in (1, 1, 2))
    assert one == two != other


def test_of_everything_that_can_happen_some_does_and_nearly_all_is_good():
    fold = Fold(book=BOOK)
    sent = records(1)
    work = fold.take(sent)
    fold.take([], END_MS + int(timedelta(days=9) / timedelta(milliseconds=1)))  # Refunds give up waiting.
    outcomes = Counter()
    for key, count in work.flow.counts.items():
        if key[0] == "outcome":
            outcomes[key[2]] += count
    assert outcomes["applied"] > 0.9 * len(sent)
    assert min(outcomes[each] for each in ("duplicate", "dead_letter", "waiting")) > 10
    reasons = {line["reason"] for line in fold.lines if line["type"] == "dead_letter"}
    assert reasons == {"bad_json", "no_customer", "too_late", "unknown_order"}
    types = Counter(line["type"] for line in fold.lines)
    for each in (
        "points.earned", "points.clawed_back", "points.redeemed", "points.redeem_reversed",
        "points.redeem_rejected", "tier.enrolled", "tier.upgraded",
    ):  # fmt: skip
        assert types[each] > 0, each
