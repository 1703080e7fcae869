"""Asks a broker who it is, in Kafka's own bytes: quicker than a client, and with no threads."""

import socket
import struct
import time

from agents.errors import UserError

METADATA, VERSION, CORRELATION = 3, 2, 7
NO_TOPICS = struct.pack(">i", 0)
PAUSE_S = 0.02


def receive(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes; raises ConnectionError when the other side closes before."""
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError("closed")
        parts += part
    return bytes(parts)


def short_string(reply: bytes, at: int) -> tuple[str, int]:
    """The nullable string at this place ("" for null) and the place after it."""
    (length,) = struct.unpack_from(">h", reply, at)
    end = at + 2 + max(length, 0)
    return reply[at + 2 : end].decode(), end


def read_metadata(reply: bytes) -> tuple[int, str]:
    """How many brokers are in service, and the cluster's id, from a Metadata v2 reply without its size."""
    correlation, brokers = struct.unpack_from(">ii", reply)
    if correlation != CORRELATION:
        raise ConnectionError("not Kafka")
    at = 8
    for _ in range(brokers):
        _host, at = short_string(reply, at + 4)
        _rack, at = short_string(reply, at + 4)
    return brokers, short_string(reply, at)[0]


def cluster_at(address: str, timeout_s: float = 1.0) -> str | None:
    """The id of the Kafka cluster that answers at "host:port" and has a broker in service, else None."""
    host, _, port = address.strip().rpartition(":")
    header = struct.pack(">hhih", METADATA, VERSION, CORRELATION, -1)
    request = header + NO_TOPICS
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", receive(connection, 4))
            brokers, cluster = read_metadata(receive(connection, min(size, 2**20)))
    except (OSError, ValueError, OverflowError, struct.error):
        return None
    return cluster if brokers else None


def wait_reachable(bootstrap: str, seconds: float) -> None:
    """Returns once a Kafka broker answers at one of the addresses ("host:port,host:port").

    Raises UserError when none does within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not any(cluster_at(address) for address in bootstrap.split(",")):
        if time.monotonic() >= deadline:
            raise UserError(
                f"no Kafka answers at {bootstrap}: start one with `tierline broker up`, "
                "or name a running one in TIERLINE_KAFKA."
            )
        time.sleep(PAUSE_S)
