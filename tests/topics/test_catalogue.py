"""Every topic once, with the settings that keep the ledger whole."""

import pytest

from topics.catalogue import INPUTS, Catalogue, Role

WALL, LOG = Catalogue(), Catalogue("shop", "tl", 6, "log")
BOTH = pytest.mark.parametrize("catalogue", [WALL, LOG], ids=["wall", "log"])


def test_names_carry_the_prefix_or_the_app_id():
    assert WALL.inputs == ("loyalty.purchases", "loyalty.engagements", "loyalty.commands")
    assert WALL.name(Role.DEAD_LETTERS) == "loyalty.dead-letters"
    assert WALL.name(Role.CHANGELOG) == "tierline-customers-changelog"
    assert (LOG.name(Role.POINTS), LOG.name(Role.JOURNAL)) == ("shop.points", "tl-journal")


@BOTH
def test_a_name_leads_back_to_its_role(catalogue):
    assert [catalogue.role(catalogue.name(role)) for role in Role] == list(Role)
    with pytest.raises(KeyError):
        catalogue.role("someone-elses")


def test_the_topics_are_these_inputs_first():
    assert [topic.role.value for topic in WALL.topics] == [
        *("purchases", "engagements", "commands", "points", "tiers", "lifecycle", "alerts"),
        *("notifications", "profiles", "dead-letters"),
        *("control", "customers-changelog", "journal", "rulebooks"),
    ]


@BOTH
def test_all_topics_of_a_partition_have_the_same_number_of_partitions(catalogue):
    counts = {topic.role: topic.partitions for topic in catalogue.topics}
    assert (counts.pop(Role.RULEBOOKS), counts.pop(Role.CONTROL)) == (1, 1)
    assert set(counts.values()) == {catalogue.partitions}


@BOTH
def test_outputs_dead_letters_and_journal_are_never_deleted(catalogue):
    for topic in catalogue.topics:
        kept = topic.direction == "out" and topic.role not in (Role.PROFILES, Role.CONTROL)
        if kept or topic.role is Role.JOURNAL:
            assert topic.configs["cleanup.policy"] == "delete"
            assert (topic.configs["retention.ms"], topic.configs["retention.bytes"]) == ("-1", "-1")


@BOTH
def test_the_tables_are_compacted_only_and_never_too_early(catalogue):
    for role in (Role.CHANGELOG, Role.PROFILES):
        table = catalogue.topic(role).configs
        assert table["cleanup.policy"] == "compact"
        assert int(table["min.compaction.lag.ms"]) >= 86_400_000


def test_inputs_are_stamped_by_the_side_that_the_clock_trusts():
    for role in INPUTS:
        assert WALL.topic(role).configs["message.timestamp.type"] == "LogAppendTime"
        log = LOG.topic(role).configs
        assert (log["message.timestamp.type"], log["message.timestamp.after.max.ms"]) == (
            "CreateTime",
            "300000",
        )


def test_old_timestamps_do_not_delete_a_log_of_old_records():
    for role in INPUTS:
        assert LOG.topic(role).configs["retention.ms"] == "-1"
        assert 0 < int(WALL.topic(role).configs["retention.ms"]) < 35 * 86_400_000


@BOTH
def test_a_dead_letter_has_room_for_the_largest_input_and_its_reason(catalogue):
    largest = max(int(catalogue.topic(role).configs["max.message.bytes"]) for role in INPUTS)
    assert largest == 16 * 1024 * 1024
    assert int(catalogue.topic(Role.DEAD_LETTERS).configs["max.message.bytes"]) > largest
