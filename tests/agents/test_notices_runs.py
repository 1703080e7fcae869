"""Who is told what does not depend on where runs end, nor on what is held in memory."""

import pytest

from rules.load import parse_rulebook
from tests.agents.support_events import RULEBOOK
from tests.agents.support_fold import END_MS, Fold, story

TELLING = parse_rulebook(
    RULEBOOK
    + """
notifications:
  languages: [en]
  collapse_seconds: 60
  intents:
    - {id: welcome, on: tier.enrolled, class: service, texts: {en: "{to_name}"}}
    - {id: up, on: tier.upgraded, class: service, expires_after: 6 hours, texts: {en: "{to_name}"}}
    - {id: down, on: tier.downgraded, class: service, texts: {en: "{to_name}"}}
    - {id: away, on: churn.alert, class: service, texts: {en: "{gap_days}"}}
    - {id: offer, on: points.earned, class: marketing, channels: [sms], texts: {en: "{balance}"}}
consents: {assumed: [marketing.sms]}
""",
    "a test's rulebook",
)
END_OF_ALL_MS = END_MS + 400 * 86_400_000


def folded(seed: int, size: int, forgetful: bool) -> Fold:
    """All of a story in runs of this size."""
    fold, records = Fold(book=TELLING), story(seed)
    for at in range(0, len(records), size):
        fold.take(records[at : at + size])
        if forgetful:
            fold.reopen()
    fold.take([], END_OF_ALL_MS)
    fold.rest()
    return fold


@pytest.mark.parametrize("seed", range(2))
def test_every_size_of_runs_tells_the_same_to_the_same(seed: int) -> None:
    whole = folded(seed, 1_000, forgetful=False)
    assert folded(seed, 7, forgetful=True).outcome == whole.outcome
    told = {(line["type"], line["data"]["class"]) for line in whole.lines if "intent" in line.get("data", {})}
    assert told >= {
        ("notify.requested", "service"),
        ("notify.requested", "marketing"),
        ("notify.suppressed", "marketing"),
    }
