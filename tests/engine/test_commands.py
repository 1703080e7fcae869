"""Commands: answered, remembered, and never taken for something the customer did."""

import pytest

from engine.effects import CommandRejected
from engine.events import Actor, Event, Lot, TierRelease, TransferIn
from engine.ids import digest_of_event
from engine.outcome import Duplicate, Rejected
from engine.state import Account, Customer
from engine.step import step
from rules.load import load_rulebook

BOOK = load_rulebook("rules/programs/default.yaml")
NOW = 1_768_014_245_678
DAY_MS = 86_400_000
BY = Actor("li.na", "service", "asked")
RELEASE = TierRelease(BY, "main")


def command(data, id="e-1", payload=b"12345678", at=NOW):
    return Event("command.tier.release", "crm", id, "c1", at, payload, digest_of_event("crm", id), data)


def test_a_command_that_may_not_be_done_is_answered_with_who_gave_it_and_why_not():
    account = Account(Customer("c1"))
    (effect,) = step(account, command(RELEASE), BOOK, NOW)
    assert effect.type == "command.rejected"
    assert effect.causationid == "crm|e-1"
    assert effect.data == CommandRejected(
        "command.tier.release",
        "not_enrolled",
        "the customer has not joined the programme",
        BY,
        1,
    )


def test_a_command_is_taken_once_however_often_it_comes():
    account = Account(Customer("c1"))
    assert isinstance(step(account, command(RELEASE), BOOK, NOW), list)
    assert step(account, command(RELEASE), BOOK, NOW) == Duplicate("event")
    other = step(account, command(RELEASE, payload=b"another."), BOOK, NOW)
    assert isinstance(other, Rejected)
    assert other.reason == "id_conflict"


def test_a_command_makes_nobody_a_member():
    account = Account(Customer("c1"))
    step(account, command(RELEASE), BOOK, NOW)
    assert account.customer.enrolled_ms == -1
    assert account.customer.rev == 1


@pytest.mark.parametrize(("days", "reason"), [(-91, "too_late"), (1, "from_future")])
def test_an_old_command_is_refused_but_points_under_way_arrive_however_late(days, reason):
    account = Account(Customer("c1"))
    refused = step(account, command(RELEASE, at=NOW + days * DAY_MS), BOOK, NOW)
    assert isinstance(refused, Rejected)
    assert refused.reason == reason
    under_way = TransferIn(BY, "t-1", "c2", "points", (Lot(5),))
    assert isinstance(step(account, command(under_way, at=NOW + days * DAY_MS), BOOK, NOW), list)
