"""What a worker is told: by the command line, or by environment variables named TIERLINE_..."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agents.errors import UserError
from topics.catalogue import Catalogue

PREFIX = "TIERLINE_"
BAD_SETTINGS = 2


class WorkerSettings(BaseSettings):
    """One worker process. `kafka` is "host:port,..."; times are milliseconds unless the name says otherwise.

    `instance_id` makes the worker a static member of the group: a restart within the session time-out
    moves no partition. `standbys` is how many other workers keep a copy of each partition.
    `accept_gap` lists "TOPIC:PARTITION" whose missing records may be skipped.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    rules: Path
    kafka: str = Field(min_length=1)
    app_id: str = Field("tierline", pattern=r"^[A-Za-z0-9._-]{1,150}$")
    prefix: str = Field("loyalty", pattern=r"^[A-Za-z0-9._-]{1,150}$")
    partitions: int = Field(4, ge=1, le=10_000)
    state_dir: Path = Path(".tierline/state")
    clock: Literal["wall", "log"] = "wall"
    instance_id: str = ""
    standbys: int = Field(0, ge=0)
    web_host: str = "127.0.0.1"
    web_port: int = Field(0, ge=0, le=65_535)  # 0: no metrics are served.
    accept_gap: Annotated[list[str], NoDecode] = []
    merge_wait_ms: int = Field(20, ge=0)
    gather_ms: int = Field(10, ge=0)  # The least time between two fetches when little arrives.
    run_records: int = Field(16_000, ge=1)
    tick_ms: int = Field(250, ge=1)
    session_timeout_s: float = 6.0
    commit_timeout_s: float = 20.0

    @field_validator("accept_gap", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """The environment writes the list with commas."""
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    @property
    def catalogue(self) -> Catalogue:
        """The topics of this installation."""
        return Catalogue(self.prefix, self.app_id, self.partitions, self.clock)

    @property
    def servers(self) -> list[str]:
        """The brokers to begin with, "host:port" each."""
        return [server.strip() for server in self.kafka.split(",")]

    def store_path(self, partition: int) -> Path:
        """Where the state of a partition is, owned or as a standby's copy."""
        return self.state_dir / self.app_id / f"partition-{partition}"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process."""
        values = self.model_dump(mode="json", exclude_defaults=True)
        return {
            PREFIX + name.upper(): ",".join(value) if isinstance(value, list) else str(value)
            for name, value in values.items()
        }


def worker_settings(**named: object) -> WorkerSettings:
    """Settings from the environment, with `named` ones on top. Raises UserError naming the wrong ones."""
    try:
        return WorkerSettings(**named)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{_option(each['loc'])}: {each['msg']}" for each in error.errors())
        raise UserError(f"Wrong settings: {wrong}.", BAD_SETTINGS) from None


def _option(place: tuple[int | str, ...]) -> str:
    name = str(place[0])
    return f"--{name.replace('_', '-')} (or {PREFIX}{name.upper()})"
