"""Makes `jars.lock` anew: `make lock`, after a change of a peer's version."""

from jgo.maven import Artifact, Dependency, MavenContext, PythonResolver

from agents.broker_jars import KAFKA_VERSION
from agents.broker_lock import lock_line
from benchmarks.peers.tools import FLINK, LOCK_FOLDER, STREAMS

ECJ_VERSION = "3.44.0"
FLINK_VERSION = "2.2.1"  # The newest that its Kafka connector is built for.
CONNECTOR_VERSION = "5.0.0-2.2"
LOGGER = "org.slf4j:slf4j-simple:1.7.36"
JACKSON = "com.fasterxml.jackson.core:jackson-databind:2.19.2"
FLINK_ROOTS = ("flink-streaming-java", "flink-clients", "flink-connector-base", "flink-statebackend-rocksdb")
SAME_BUT_OLD = {("org.lz4", "lz4-java")}  # at.yawk.lz4 holds the same classes, maintained.


def artifact(maven: MavenContext, coordinates: str) -> Artifact:
    """The artifact with these coordinates, "group:artifact:version"."""
    group, name, version = coordinates.split(":")
    return maven.project(group, name).at_version(version).artifact()


def resolved(maven: MavenContext, *roots: str) -> list[Artifact]:
    """The artifacts and all that they need at run time."""
    found = maven.resolver.resolve([Dependency(artifact(maven, root)) for root in roots])
    return [dependency.artifact for dependency in found[0] + found[1]]


def together(*groups: list[Artifact]) -> list[Artifact]:
    """All of them, each project once: the version of the earliest group that has it.

    Groups are resolved one by one, for the bill of materials of one would lower the versions of another.
    """
    chosen: dict[tuple[str, str], Artifact] = {}
    for jar in (jar for group in groups for jar in group):
        chosen.setdefault((jar.groupId, jar.artifactId), jar)
    return [jar for name, jar in chosen.items() if name not in SAME_BUT_OLD]


def streams(maven: MavenContext) -> list[Artifact]:
    """Kafka Streams of the broker's own version, the compiler, and a logger for errors."""
    library = resolved(maven, f"org.apache.kafka:kafka-streams:{KAFKA_VERSION}")
    return together(library, [artifact(maven, f"org.eclipse.jdt:ecj:{ECJ_VERSION}"), artifact(maven, LOGGER)])


def flink(maven: MavenContext) -> list[Artifact]:
    """Flink with RocksDB and Kafka, and a logger for errors."""
    core = resolved(maven, *(f"org.apache.flink:{name}:{FLINK_VERSION}" for name in FLINK_ROOTS))
    connector = resolved(maven, f"org.apache.flink:flink-connector-kafka:{CONNECTOR_VERSION}")
    return together(core, resolved(maven, JACKSON), connector, [artifact(maven, LOGGER)])


if __name__ == "__main__":
    maven = MavenContext(resolver=PythonResolver())
    for jar_set, jars in ((STREAMS, streams(maven)), (FLINK, flink(maven))):
        head = f"# The jars of {jar_set.title} and their SHA-256. Written by `make lock`; do not edit.\n"
        (LOCK_FOLDER / jar_set.lock_name).write_text(head + "".join(sorted(map(lock_line, jars))))
