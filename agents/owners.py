"""Which worker answers for which partition, as the group's last assignment has it.

Faust's assignor tells each member which member has what, and names a member by its URL. Ours names the
address at which it answers, and before it the member, so that two workers behind one address stay apart.
"""

import socket
from typing import Any
from urllib.parse import quote

from agents.settings import WorkerSettings
from topics.catalogue import Role

ANYWHERE = {"", "0.0.0.0", "::"}


def member_url(settings: WorkerSettings, member: str) -> str:
    """The URL that stands for a worker in its group; without a port it serves nothing."""
    if not settings.web_port:
        return f"http://{member}"
    return f"http://{quote(member, safe='')}@{address(settings)}"


def address(settings: WorkerSettings) -> str:
    """HOST:PORT at which other workers reach this one."""
    if settings.web_advertise:
        return settings.web_advertise
    host = socket.gethostname() if settings.web_host in ANYWHERE else settings.web_host
    return f"[{host}]:{settings.web_port}" if ":" in host else f"{host}:{settings.web_port}"


class Owners:
    """The owners of partitions as this worker knows them."""

    def __init__(self, app: Any, settings: WorkerSettings) -> None:
        self.app = app
        self.topic = settings.catalogue.name(Role.CHANGELOG)
        self.own = address(settings)

    def of(self, partition: int) -> str:
        """HOST:PORT of the worker that has the partition, "" if it serves nothing or nobody has it."""
        return self._all().get(partition, "")

    def others(self) -> list[str]:
        """HOST:PORT of every other worker that has partitions and serves something."""
        return sorted({each for each in self._all().values() if each and each != self.own})

    def _all(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for url, topics in self.app.assignor.tables_metadata().items():
            for number in topics.get(self.topic, ()):
                found[number] = served_at(url)
        return found


def served_at(url: str) -> str:
    """HOST:PORT of a member's URL, "" when it serves nothing."""
    return url.partition("@")[2].rstrip("/")
