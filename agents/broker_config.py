"""What the embedded broker is told: its settings, its ports, and where it logs."""

import random
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
MESSAGE_MAX_BYTES = 16 * 2**20 + 64 * 2**10  # A 16 MiB record and what Kafka wraps around it.

SETTINGS = f"""\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
auto.create.topics.enable=false
auto.leader.rebalance.enable=false
message.max.bytes={MESSAGE_MAX_BYTES}
log.retention.ms=-1
log.message.timestamp.before.max.ms=9223372036854775807
offsets.retention.minutes=5256000
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=2
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A broker that was killed may register again only when its old registration has run out.
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=2000
"""

LOGGING = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {directory}/broker.log
appender.file.filePattern = {directory}/broker-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %m (%c{{1}})%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where clients and the controller listen, both on the loopback address."""

    clients: int
    controller: int

    @property
    def bootstrap(self) -> str:
        """What a client is given: "127.0.0.1:PORT"."""
        return f"{HOST}:{self.clients}"


def port_is_free(port: int) -> bool:
    """Whether a server could listen there at this moment."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports() -> Iterator[int]:
    """Ports that are free now, at random, below those the system hands to outgoing connections.

    A client that keeps calling a dead broker's port inside that range would one day be given that very
    port, and keep the broker from coming back.
    """
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    choices = range(10_000, lowest_outgoing if lowest_outgoing > 11_000 else 60_000)
    while True:
        port = random.SystemRandom().choice(choices)
        if port_is_free(port):
            yield port


def server_properties(data: Path, ports: Ports) -> str:
    """The settings file of a broker with its logs in `data`."""
    return (
        f"{SETTINGS}log.dirs={data}\n"
        f"listeners=PLAINTEXT://{ports.bootstrap},CONTROLLER://{HOST}:{ports.controller}\n"
        f"controller.quorum.voters=1@{HOST}:{ports.controller}\n"
    )


def last_ports(properties: Path) -> Ports | None:
    """The ports of the broker's last start, read from its settings file; None before the first."""
    if not properties.exists():
        return None
    found = re.search(r"^listeners=PLAINTEXT://.*:(\d+),CONTROLLER://.*:(\d+)$", properties.read_text(), re.M)
    return Ports(int(found[1]), int(found[2])) if found else None
