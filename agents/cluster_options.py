"""The options that say which installation a command is about."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pydantic import BaseModel

from agents.settings import InstallationSettings, TopicSettings, installation_settings, topic_settings
from agents.settings_sources import FILE, FILE_VARIABLE
from topics.catalogue import Catalogue


def add_config_option(parser: ArgumentParser) -> None:
    """Adds the option that names the configuration file."""
    parser.add_argument(
        "--config",
        type=_name_file,
        metavar="FILE",
        help=f"settings (TIERLINE_CONFIG, else {FILE} if it is there)",
    )


def add_cluster_options(parser: ArgumentParser) -> None:
    """Adds what names an installation in a cluster; what is left out comes from the other sources."""
    add_config_option(parser)
    add_kafka_options(parser)
    parser.add_argument("--app-id", metavar="NAME", help="for internal topics (tierline)")
    _add_partitions(parser)


def add_kafka_options(parser: ArgumentParser) -> None:
    """Adds what says which Kafka, and which topics in it."""
    parser.add_argument("--kafka", metavar="HOST:PORT,...", help="the cluster (default: the embedded one)")
    _add_prefix(parser)


def add_topic_options(parser: ArgumentParser) -> None:
    """Adds what names the topics, for a command that needs no Kafka."""
    add_config_option(parser)
    _add_prefix(parser)
    _add_partitions(parser)


def _add_prefix(parser: ArgumentParser) -> None:
    parser.add_argument("--prefix", metavar="NAME", help="first part of the topics' names (loyalty)")


def _add_partitions(parser: ArgumentParser) -> None:
    parser.add_argument("--partitions", metavar="N", help="partitions of the keyed topics (4)")


def catalogue_of(args: Namespace) -> Catalogue:
    """The topics that the options and the other sources name. Raises UserError for what is wrong."""
    return topic_settings(**_named(args, TopicSettings)).catalogue


def settings_of(args: Namespace) -> InstallationSettings:
    """What the options and the other sources name. Raises UserError for what is wrong or missing."""
    return installation_settings(**_named(args, InstallationSettings))


def _named(args: Namespace, kind: type[BaseModel]) -> dict[str, object]:
    return {name: value for name, value in vars(args).items() if name in kind.model_fields}


def _name_file(text: str) -> Path:
    """The file, which from here on is the one that the environment names: workers read it too."""
    os.environ[FILE_VARIABLE] = text
    return Path(text)
