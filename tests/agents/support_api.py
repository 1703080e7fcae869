"""Two real workers with HTTP, and a client of theirs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from agents.api_keys import add_key
from agents.settings import WorkerSettings
from tests.agents.cluster_kit import installation, send
from tests.agents.worker_kit import until, worker
from topics.catalogue import Role

BOOK = """\
programme: shop
version: 1
timezone: Asia/Shanghai
currency: CNY
profiles: on
earn: {rules: [{id: base, points: 1, per: 1.00}]}
tiers:
  levels:
    - {code: base, name: 普通}
    - {code: silver, name: 银, entry: [{metric: spend_net, window: rolling 365 days, at_least: 100}]}
    - {code: gold, name: 金, entry: [{metric: spend_net, window: rolling 365 days, at_least: 1000}]}
points: {expiry: {after: 12 months, round: year}}
engagement:
  - {kind: signup, points: 100, cap: {count: 1, per: lifetime}}
churn:
  population_interval_days: 30
  levels: {watch: 1.5, lost: 6}
  horizon_days: 180
  modifiers: {complaint: true, alone: true}
  model: {version: m-1, r: 0.637, alpha_weeks: 7.31, a: 0.807, b: 1.228, spend: {p: 6.25, q: 3.74, v: 15}}
tags: [{tag: sent-back, dimension: service, when: {fact: open_complaints, at_least: 1}}]
strategy:
  actions: [{id: call, offer: care, texts: {zh: 客服电话回访, en: a call about the complaint}}]
  rows: [{risk: [watch, lost], action: call}]
"""
ANSWER_S = 60


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Asking:
    """A client of some workers, at their addresses; `keys` by what they may do."""

    settings: list[WorkerSettings]
    keys: dict[str, str]
    session: ClientSession

    async def get(self, path: str, at: int = 0, key: str = "read", **more: Any) -> tuple[int, Any]:
        """(status, JSON) of a GET at the worker."""
        return await self._ask("GET", path, at, key, **more)

    async def post(self, path: str, body: Any, at: int = 0, key: str = "simulate") -> tuple[int, Any]:
        """(status, JSON) of a POST at the worker; bytes are sent as they are."""
        more = {"data": body} if isinstance(body, bytes) else {"json": body}
        return await self._ask("POST", path, at, key, **more)

    async def _ask(self, method: str, path: str, at: int, key: str, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.keys.get(key, key)}"} if key else {}
        url = f"http://127.0.0.1:{self.settings[at].web_port}{path}"
        async with self.session.request(method, url, headers=headers, **more) as response:
            return response.status, await response.json()

    async def buys(self, rows: list[tuple[bytes, bytes]], role: Role = Role.PURCHASES) -> None:
        """Sends events and returns."""
        await send(self.settings[0].kafka, self.settings[0].catalogue.name(role), rows)

    async def ready(self) -> None:
        """Returns when every worker has its partitions, and all have them."""

        async def partitions() -> list[Any]:
            answers = [await self.get("/readyz", at) for at in range(len(self.settings))]
            return [body.get("partitions", []) for status, body in answers if status == 200]

        whole = list(range(self.settings[0].partitions))
        await until(
            partitions, lambda found: all(found) and sorted(n for each in found for n in each) == whole
        )


@asynccontextmanager
async def serving(
    bootstrap: str, folder: Path, workers: int = 2, scopes: tuple[str, ...] = (), **named: Any
) -> AsyncIterator[Asking]:
    """Workers at work that share the partitions, and a client of theirs; `scopes` are for each key."""
    book, file = folder / "book.yaml", folder / "keys.json"
    book.write_text(BOOK)
    keys = {scope: add_key(file, scope, scopes or [scope]) for scope in ("read", "simulate", "live")}
    first = installation(bootstrap, folder / "state-0", partitions=2, api_keys=file, **named)
    settings = [
        first.model_copy(update={"rules": book, "state_dir": folder / f"state-{at}", "web_port": free_port()})
        for at in range(workers)
    ]
    async with AsyncExitStack() as stack:
        for at, each in enumerate(settings):
            stack.enter_context(worker(each, folder / f"worker-{at}.log"))
        session = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=ANSWER_S)))
        asking = Asking(settings, keys, session)
        await until(lambda: _answers(asking), bool)
        await asking.ready()
        yield asking


async def _answers(asking: Asking) -> bool:
    try:
        return [await asking.get("/livez", at) for at in range(len(asking.settings))] != []
    except OSError:
        await asyncio.sleep(0.1)
        return False
