"""What Tierline is told: every setting once, with its meaning and its default.

Where values come from, and which wins, is in `agents/settings_sources.py`; docs/configuration.md is made from
this file. Times are milliseconds unless the name says otherwise.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from agents.broker import bootstrap_from_env_or_running
from agents.errors import UserError
from agents.settings_sources import PREFIX, Layer, layers, merged
from agents.tls import context_of
from topics.catalogue import Catalogue
from topics.connection import Connection, is_loopback

BAD_SETTINGS = 2
NAME = r"^[A-Za-z0-9._-]{1,150}$"
PLACE = re.compile(r"[^\s:,]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}").fullmatch


class KafkaSettings(BaseModel):
    """How to get to Kafka."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kafka: str = Field(
        "",
        description="brokers to begin with, `host:port,...`; none: the embedded one that runs in this folder",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="how the brokers are spoken to: with TLS (`SSL`), with a login (`SASL`), or both",
    )
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "",
        description="how the login is proven: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`",
    )
    sasl_username: str = Field("", description="the login's name")
    sasl_password: SecretStr = Field(SecretStr(""), description="the login's password; shown nowhere")
    tls_ca: Path | None = Field(
        None,
        description="PEM file of who signs the brokers' certificates; none: the system's",
    )
    tls_cert: Path | None = Field(
        None, description="PEM file of this client's certificate, where the brokers ask for one"
    )
    tls_key: Path | None = Field(None, description="PEM file of its private key; none: in the same file")
    tls_key_password: SecretStr = Field(
        SecretStr(""), description="what that key is encrypted with; shown nowhere"
    )
    allow_plaintext: bool = Field(
        False,
        description="whether brokers beyond this machine may be spoken to without TLS",
    )

    @field_validator("security_protocol", "sasl_mechanism", mode="before")
    @classmethod
    def _as_kafka_writes_it(cls, value: object) -> object:
        """Kafka's names are in capitals; a setting may be in any."""
        return value.upper() if isinstance(value, str) else value

    @field_validator("kafka")
    @classmethod
    def _places(cls, value: str) -> str:
        """Refuses what is no list of host:port; blanks around one are dropped."""
        servers = [each.strip() for each in value.split(",")] if value else []
        wrong = [each for each in servers if not PLACE(each)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no host:port")
        return ",".join(servers)

    @property
    def servers(self) -> list[str]:
        """The brokers to begin with, "host:port" each."""
        return self.kafka.split(",")

    @property
    def connection(self) -> Connection:
        """What every client is given. Raises UserError for what does not go together, or is unsafe."""
        if wrong := self._wrong():
            raise UserError(wrong, BAD_SETTINGS)
        tls = None
        if self.security_protocol.endswith("SSL"):
            tls = context_of(
                self.tls_ca, self.tls_cert, self.tls_key, self.tls_key_password.get_secret_value()
            )
        return Connection(
            tuple(self.servers), self.security_protocol, self.sasl_mechanism,
            self.sasl_username, self.sasl_password.get_secret_value(), tls,
        )  # fmt: skip

    def _wrong(self) -> str:
        """What is missing or too much, in one sentence; "" for nothing."""
        protocol = self.security_protocol
        login = {
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_username": self.sasl_username,
            "sasl_password": self.sasl_password.get_secret_value(),
        }
        missing = [name for name, value in login.items() if not value]
        if protocol.startswith("SASL") and missing:
            return (
                f"security_protocol {protocol} needs {' and '.join(missing)} too: set {_variables(missing)}."
            )
        if not protocol.startswith("SASL") and len(missing) < len(login):
            given = next(name for name, value in login.items() if value)
            return f"{given} is set, but security_protocol {protocol} has no login: choose SASL_SSL."
        files = [name for name in ("tls_ca", "tls_cert", "tls_key") if getattr(self, name)]
        if files and not protocol.endswith("SSL"):
            return f"{files[0]} is set, but security_protocol {protocol} has no TLS: choose SSL or SASL_SSL."
        far = [server for server in self.servers if not is_loopback(server)]
        if far and not protocol.endswith("SSL") and not self.allow_plaintext:
            return (
                f"Kafka at {far[0]} would be spoken to without TLS: make security_protocol SASL_SSL or SSL, "
                f"or set {PREFIX}ALLOW_PLAINTEXT=true if nobody else reads that network."
            )
        return ""


class TopicSettings(BaseModel):
    """What an installation's topics are called and how many partitions they have."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    app_id: str = Field(
        "tierline", pattern=NAME, description="names the consumer group and the internal topics"
    )
    prefix: str = Field("loyalty", pattern=NAME, description="first part of the topics' names")
    partitions: int = Field(4, ge=1, le=10_000, description="of all keyed topics; never changes")
    clock: Literal["wall", "log"] = Field(
        "wall", description="what moves time: the brokers' clock, or records alone"
    )

    @property
    def catalogue(self) -> Catalogue:
        """The topics of this installation."""
        return Catalogue(self.prefix, self.app_id, self.partitions, self.clock)


class InstallationSettings(TopicSettings, KafkaSettings):
    """Which installation in that Kafka is meant."""


class WorkerSettings(InstallationSettings):
    """One worker process.

    `instance_id` makes the worker a static member of the group: a restart within the session time-out
    moves no partition.
    """

    rules: Path = Field(description="the rulebook (YAML)")
    log_format: Literal["text", "json"] = Field("text", description="the log: lines for people, or JSON")
    traces: Literal["off", "otlp"] = Field(
        "off", description="OpenTelemetry traces, to where `OTEL_EXPORTER_OTLP_ENDPOINT` says"
    )
    state_dir: Path = Field(Path(".tierline/state"), description="where state is kept")
    instance_id: str = Field("", description="a lasting name in the group: restarts move no partitions")
    standbys: int = Field(0, ge=0, description="how many other workers keep a copy of each partition")
    web_host: str = Field("127.0.0.1", description="address to serve HTTP at")
    web_port: int = Field(
        0, ge=0, le=65_535, description="port to serve HTTP at (one per worker, from it on); 0: none"
    )
    web_advertise: str = Field(
        "",
        pattern=r"^([^\s/@]+:\d{1,5})?$",
        description="`HOST:PORT` at which other workers reach that; none: the same",
    )
    api_keys: Path | None = Field(None, description="file of API keys (`tierline api-key`): serves `/v1` too")
    api_rate: int = Field(
        20, ge=1, le=100_000, description="requests a second that an API key may make of each worker"
    )
    point_cost: Decimal = Field(
        Decimal("0.01"),
        ge=0,
        max_digits=18,
        decimal_places=9,
        description="what a point of `points` costs, in the programme's currency: for the liability metric",
    )
    accept_gap: list[str] = Field(
        [], description="inputs whose missing records may be skipped, `TOPIC:PARTITION,...`"
    )
    merge_wait_ms: int = Field(
        20, ge=0, description="how long an input with nothing is waited for (`clock: wall`)"
    )
    gather_ms: int = Field(10, ge=0, description="the least time between two small fetches")
    run_records: int = Field(16_000, ge=1, description="records per commit and partition at most")
    tick_ms: int = Field(250, ge=1, description="how often idle time is looked at")
    session_timeout_s: float = Field(
        6.0, gt=0, description="after so long without a sign a worker's partitions go to others"
    )
    commit_timeout_s: float = Field(20.0, gt=0, description="a commit that takes longer ends the process")

    @field_validator("accept_gap", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """The environment writes the list with commas."""
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    def store_path(self, partition: int) -> Path:
        """Where the state of a partition is, owned or as a standby's copy."""
        return self.state_dir / self.app_id / f"partition-{partition}"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process; secrets as they are."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {PREFIX + name.upper(): _text(value) for name, value in values.items() if value is not None}


S = TypeVar("S", bound=BaseModel)


def load(kind: type[S], **named: object) -> tuple[S, list[Layer]]:
    """Settings from all sources, with `named` ones (of the command line) on top, and the sources.

    A Kafka that nobody names is the embedded one that is up in this folder. Raises UserError naming the wrong
    ones, or saying that there is no Kafka.
    """
    found = layers(set(WorkerSettings.model_fields), named)
    values = {name: value for name, value in merged(found).items() if name in kind.model_fields}
    if not values.get("kafka"):
        values["kafka"] = bootstrap_from_env_or_running()
    return checked(kind, values, found), found


def checked(kind: type[S], values: dict[str, Any], found: list[Layer]) -> S:
    """The values as settings. Raises UserError naming the wrong ones and where they stand."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{_option(each['loc'], found)}: {each['msg']}" for each in error.errors())
        raise UserError(f"Wrong settings: {wrong}.", BAD_SETTINGS) from None


def worker_settings(**named: object) -> WorkerSettings:
    """Settings of a worker, with `named` ones on top. Raises UserError."""
    return load(WorkerSettings, **named)[0]


def installation_settings(**named: object) -> InstallationSettings:
    """The same for a command that runs no worker."""
    return load(InstallationSettings, **named)[0]


def topic_settings(**named: object) -> TopicSettings:
    """The same for a command that needs no Kafka."""
    found = layers(set(WorkerSettings.model_fields), named)
    values = {name: value for name, value in merged(found).items() if name in TopicSettings.model_fields}
    return checked(TopicSettings, values, found)


def named_cluster() -> InstallationSettings | None:
    """The settings when they name a Kafka, None when only an embedded one could be meant."""
    named = merged(layers(set(WorkerSettings.model_fields), {})).get("kafka")
    return installation_settings() if named else None


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, list) else str(value)


def _variables(names: list[str]) -> str:
    return " and ".join(PREFIX + name.upper() for name in names)


def _option(place: tuple[int | str, ...], found: list[Layer]) -> str:
    name = str(place[0])
    origin = next((layer.origin for layer in found if name in layer.values), "")
    return f"--{name.replace('_', '-')} (or {PREFIX}{name.upper()})" + (f", from {origin}" if origin else "")
