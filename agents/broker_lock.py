"""Makes `kafka-jars.lock` anew: `make lock`, after a change of the Kafka version."""

import hashlib

from jgo.maven import Artifact, Dependency, MavenContext, PythonResolver

from agents.broker_jars import KAFKA_VERSION, LOCK_FILE

HEAD = f"# The jars of Kafka {KAFKA_VERSION} and their SHA-256. Written by `make lock`; do not edit.\n"


def kafka_and_logging(maven: MavenContext) -> list[Artifact]:
    """Kafka with all it needs at run time, and the bridge that lets it log through its log4j.

    The bridge is added by itself: resolved together, its own bill of materials would lower the
    versions of Kafka's jars.
    """
    kafka = maven.project("org.apache.kafka", "kafka_2.13").at_version(KAFKA_VERSION).artifact()
    roots, others = maven.resolver.resolve([Dependency(kafka)])
    jars = [dependency.artifact for dependency in roots + others]
    log4j = next(jar for jar in jars if jar.artifactId == "log4j-core")
    bridge = maven.project(log4j.groupId, "log4j-slf4j-impl").at_version(log4j.version).artifact()
    return [*jars, bridge]


def lock_line(jar: Artifact) -> str:
    """The jar's coordinates and checksum, as `broker_jars.locked_jars` reads them."""
    digest = hashlib.sha256(jar.resolve().read_bytes()).hexdigest()
    return f"{jar.groupId}:{jar.artifactId}:{jar.version} {digest}\n"


if __name__ == "__main__":
    jars = kafka_and_logging(MavenContext(resolver=PythonResolver()))
    LOCK_FILE.write_text(HEAD + "".join(sorted(map(lock_line, jars))))
