"""How a Kafka client gets to its brokers: where they are, and what proves who both sides are."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any


@dataclass(frozen=True)
class Connection:
    """The brokers to begin with, "host:port" each, and how they are spoken to.

    `protocol` and `mechanism` are Kafka's names. Neither password nor key is part of the text of one.
    """

    servers: tuple[str, ...]
    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    tls: SSLContext | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return ",".join(self.servers)

    @property
    def plain(self) -> bool:
        """Whether anyone may connect, and anyone on the way may read."""
        return self.protocol == "PLAINTEXT"

    @property
    def security(self) -> dict[str, Any]:
        """What a client of aiokafka or kafka-python is told besides the addresses."""
        told: dict[str, Any] = {}
        if not self.plain:
            told["security_protocol"] = self.protocol
        if self.tls is not None:
            told["ssl_context"] = self.tls
        if self.mechanism:
            told["sasl_mechanism"] = self.mechanism
            told["sasl_plain_username"] = self.username
            told["sasl_plain_password"] = self.password
        return told

    @property
    def options(self) -> dict[str, Any]:
        """All of it."""
        return {"bootstrap_servers": list(self.servers)} | self.security


def plain(servers: str) -> Connection:
    """The connection to "host:port,..." without any security."""
    return Connection(tuple(each.strip() for each in servers.split(",")))


def host_of(server: str) -> str:
    """The host of "host:port"; an IPv6 address without its brackets."""
    host, _, port = server.rpartition(":")
    return (host if port.isdecimal() and host else server).strip("[]")


def is_loopback(server: str) -> bool:
    """Whether "host:port" never leaves this machine. No name is looked up: only `localhost` is known."""
    host = host_of(server)
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
