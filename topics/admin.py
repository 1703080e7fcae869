"""A cluster's topics against the catalogue: what is missing, what differs; and creating what is missing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka.admin import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
)
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code  # type: ignore[import-untyped]

from topics.catalogue import Catalogue, Topic
from topics.connection import Connection, plain

PARTITIONS = "partitions"
_ANSWER_MS = 10_000


class TopicError(Exception):
    """One plain sentence: what about the cluster's topics is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of one topic. `found` is None where the topic does not exist yet."""

    topic: str
    setting: str
    wanted: str
    found: str | None

    def __str__(self) -> str:
        found = "is missing" if self.found is None else f"is {self.found}"
        return f"{self.topic}: {self.setting} {found}, wanted {self.wanted}"


def plan(kafka: Connection | str, catalogue: Catalogue) -> list[Difference]:
    """Where the cluster differs from the catalogue, in the catalogue's order; [] if nowhere.

    `kafka` as text is "host:port,..." without security. Raises TopicError if the cluster cannot be reached or
    refuses to answer.
    """
    with _admin(kafka) as admin:
        return _plan(admin, catalogue)


def apply(kafka: Connection | str, catalogue: Catalogue) -> list[Difference]:
    """Creates the topics that are missing; returns what differs in those that were there, left as it is.

    Raises TopicError, and creates nothing, if a topic has another number of partitions.
    """
    with _admin(kafka) as admin:
        differences = _plan(admin, catalogue)
        _refuse_unequal(differences)
        missing = {each.topic for each in differences if each.found is None}
        _create(admin, [topic for topic in catalogue.topics if topic.name in missing])
        left = _plan(admin, catalogue)
        _refuse_unequal(left)  # Someone else may have created one meanwhile.
        return left


def _refuse_unequal(differences: Iterable[Difference]) -> None:
    wrong = [each for each in differences if each.setting == PARTITIONS and each.found is not None]
    if wrong:
        counts = ", ".join(f"{each.topic} has {each.found} instead of {each.wanted}" for each in wrong)
        raise TopicError(
            f"Unequal partition counts: {counts}; a customer must have the same partition in every topic, "
            "so use the --partitions the topics were made with, or another --prefix and --app-id."
        )


@contextmanager
def _admin(kafka: Connection | str) -> Iterator[KafkaAdminClient]:
    admin = None
    connection = plain(kafka) if isinstance(kafka, str) else kafka
    try:
        admin = KafkaAdminClient(
            **connection.options,
            bootstrap_timeout_ms=_ANSWER_MS,
            request_timeout_ms=3 * _ANSWER_MS,
        )
        yield admin
    except KafkaError as error:
        raise TopicError(
            f"Kafka at {connection} did not answer as expected ({type(error).__name__}): "
            "check the address and that the broker is up, then try again."
        ) from None
    except (ValueError, OSError) as error:
        raise TopicError(
            f"Kafka at {connection} cannot be used ({error}): give its address as HOST:PORT,..."
        ) from None
    finally:
        if admin is not None:
            admin.close()


def _plan(admin: KafkaAdminClient, catalogue: Catalogue) -> list[Difference]:
    counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}
    present = [topic for topic in catalogue.topics if topic.name in counts]
    configs = _configs(admin, present)
    found: list[Difference] = []
    for topic in catalogue.topics:
        if topic.name not in counts:
            found.append(Difference(topic.name, "topic", _in_words(topic), None))
        else:
            found += _differences(topic, counts[topic.name], configs[topic.name])
    return found


def _in_words(topic: Topic) -> str:
    return f"{topic.partitions} partitions, cleanup {topic.configs['cleanup.policy']}"


def _differences(topic: Topic, partitions: int, configs: Mapping[str, str]) -> Iterator[Difference]:
    if partitions != topic.partitions:
        yield Difference(topic.name, PARTITIONS, str(topic.partitions), str(partitions))
    for name, wanted in topic.configs.items():
        if (found := configs.get(name, "unknown")) != wanted:
            yield Difference(topic.name, name, wanted, found)


def _configs(admin: KafkaAdminClient, topics: Iterable[Topic]) -> dict[str, dict[str, str]]:
    """All settings in force, by topic."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    if not asked:
        return {}
    answer: Mapping[str, Any] = admin.describe_configs(asked, config_filter="all")["topic"]
    return {name: {key: entry["value"] for key, entry in entries.items()} for name, entries in answer.items()}


def _create(admin: KafkaAdminClient, topics: Iterable[Topic]) -> None:
    wanted = {
        topic.name: {"num_partitions": topic.partitions, "configs": dict(topic.configs)} for topic in topics
    }
    if not wanted:
        return
    answer = admin.create_topics(wanted, raise_errors=False)
    for each in answer["topics"]:
        error = for_code(each["error_code"])
        if each["error_code"] and error is not TopicAlreadyExistsError:
            why = each.get("error_message") or error.__name__
            raise TopicError(f"{each['name']} could not be created: {why}; correct this and apply again.")
    admin.wait_for_topics(list(wanted))
