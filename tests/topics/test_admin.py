"""On a real broker: what is missing is created, what differs is shown, unequal partitions are refused."""

from time import monotonic, sleep
from uuid import uuid4

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from agents.cli import main
from topics.admin import Difference, TopicError, apply, plan
from topics.catalogue import Catalogue, Role


@pytest.fixture
def name() -> str:
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
def admin(broker):
    client = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    yield client
    client.close()


@pytest.mark.parametrize("clock", ["wall", "log"])
def test_apply_creates_what_plan_misses_and_then_nothing_differs(broker, admin, name, clock):
    catalogue = Catalogue(name, name, 3, clock)
    names = [topic.name for topic in catalogue.topics]
    assert [each.topic for each in plan(broker.bootstrap, catalogue)] == names
    assert apply(broker.bootstrap, catalogue) == []
    assert plan(broker.bootstrap, catalogue) == []
    assert apply(broker.bootstrap, catalogue) == []
    counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(names)}
    alone = {catalogue.name(role): 1 for role in (Role.RULEBOOKS, Role.CONTROL)}
    assert counts == dict.fromkeys(names, 3) | alone


def test_a_setting_that_differs_is_shown_and_left_alone(broker, admin, name):
    catalogue = Catalogue(name, name, 1)
    apply(broker.bootstrap, catalogue)
    points = catalogue.name(Role.POINTS)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, points, {"retention.ms": "1000"})])
    differs = [Difference(points, "retention.ms", "-1", "1000")]
    deadline = monotonic() + 20  # The broker learns of it a moment after the controller.
    while not plan(broker.bootstrap, catalogue) and monotonic() < deadline:
        sleep(0.05)
    assert plan(broker.bootstrap, catalogue) == differs
    assert apply(broker.bootstrap, catalogue) == differs


def test_the_other_clock_shows_as_a_difference_of_every_input(broker, name):
    apply(broker.bootstrap, Catalogue(name, name, 1, "wall"))
    differs = plan(broker.bootstrap, Catalogue(name, name, 1, "log"))
    shown = {each.topic for each in differs if each.setting == "message.timestamp.type"}
    assert shown == set(Catalogue(name).inputs)


def test_unequal_partition_counts_are_refused_and_nothing_is_created(broker, admin, name):
    admin.create_topics({f"{name}.purchases": {"num_partitions": 2}})
    deadline = monotonic() + 20  # The broker learns of it a moment after the controller.
    while f"{name}.purchases" not in admin.list_topics() and monotonic() < deadline:
        sleep(0.05)
    with pytest.raises(TopicError) as caught:
        apply(broker.bootstrap, Catalogue(name, name, 4))
    assert f"{name}.purchases has 2 instead of 4" in str(caught.value)
    assert [topic for topic in admin.list_topics() if topic.startswith(name)] == [f"{name}.purchases"]


def test_an_unreachable_cluster_is_one_plain_sentence(unused_tcp_port, monkeypatch):
    monkeypatch.setattr("topics.admin._ANSWER_MS", 500)
    with pytest.raises(TopicError, match=f"Kafka at 127.0.0.1:{unused_tcp_port} did not answer"):
        plan(f"127.0.0.1:{unused_tcp_port}", Catalogue())


def test_the_command_plans_applies_and_says_so(broker, name, capsys):
    options = ["--kafka", broker.bootstrap, "--prefix", name, "--app-id", name, "--partitions", "2"]
    assert main(["topics", "plan", *options]) == 1
    assert "missing" in capsys.readouterr().out
    assert main(["topics", "apply", *options]) == 0
    assert main(["topics", "plan", *options]) == 0
    assert "all 14 topics are as they should be" in capsys.readouterr().out
    assert main(["topics", "apply", *options[:-1], "3"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("tierline: Unequal partition counts: ")
    assert said.count("\n") == 1


def test_the_command_takes_its_settings_from_the_environment(broker, name, capsys, monkeypatch):
    for setting, value in (
        ("KAFKA", broker.bootstrap),
        ("PREFIX", name),
        ("APP_ID", name),
        ("PARTITIONS", "1"),
    ):
        monkeypatch.setenv(f"TIERLINE_{setting}", value)
    assert main(["topics", "apply"]) == 0
    assert plan(broker.bootstrap, Catalogue(name, name, 1)) == []
