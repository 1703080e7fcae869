"""The HTTP interface of a worker: health, metrics, and for keys customers as they are and why.

One loop serves the partitions and this, so every answer is small. A customer of another worker is asked
for there. Nobody but the owner answers, and nobody gets a traceback.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from yarl import URL

from agents import api_answers
from agents.api_document import document
from agents.api_keys import Key, Keys
from agents.api_refusals import BODY_MAX, SAFE, Handler, Refused, answer, body_of, guard, not_yet
from agents.api_server import listening
from agents.errors import UserError
from agents.exits import Exit
from agents.holdings import Holdings
from agents.librarian import Librarian
from agents.live import Live
from agents.owners import Owners
from agents.reasons_words import shop_of
from agents.session import Shard
from agents.settings import WorkerSettings
from agents.store import StoreDamaged
from topics.limits import ID_MAX
from topics.partitioner import home

FORWARDED: Final = "X-Tierline-Forwarded"
ASKING: Final = ClientTimeout(total=10)
PAGES: Final = Path(__file__).parent / "pages"
PARTS: Final = frozenset({"page.js", "words.js", "style.css", "icon.svg"})
HEARTBEAT_S: Final = 15.0


class Api:
    """What one worker answers. `keys` None: nothing below /v1 is there."""

    def __init__(
        self, settings: WorkerSettings, holdings: Holdings, owners: Owners, registry: CollectorRegistry
    ) -> None:
        self.settings = settings
        self.holdings = holdings
        self.owners = owners
        self.registry = registry
        self.keys = Keys(settings.api_keys) if settings.api_keys else None
        self.librarian = Librarian(settings, holdings)
        self.live = Live(settings, shop_of(holdings.opener.rulebook))
        self.runner: web.AppRunner | None = None
        self.listens: asyncio.Server | None = None
        self.asking: ClientSession | None = None

    async def start(self) -> None:
        """Answers from now on. Raises UserError when the port cannot be had."""
        app = web.Application(middlewares=[guard], client_max_size=BODY_MAX, handler_args=None)
        app.add_routes(self._routes())
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # It tells of each malformed request.
        host, port = self.settings.web_host, self.settings.web_port
        try:
            self.listens = await listening(self.runner, host, port)
        except OSError as error:
            why = error.strerror or str(error)
            raise UserError(
                f"Metrics cannot be served at {host}:{port} ({why}): name another --web-port.", Exit.REFUSED
            ) from None
        self.asking = ClientSession(timeout=ASKING)
        if self.keys is not None:
            self.librarian.start()

    async def stop(self) -> None:
        """Answers no more."""
        await self.live.stop()
        await self.librarian.stop()
        if self.listens is not None:
            self.listens.close()
        if self.asking is not None:
            await self.asking.close()
        if self.runner is not None:
            await self.runner.cleanup()

    def _routes(self) -> list[web.AbstractRouteDef]:
        routes: list[web.AbstractRouteDef] = [
            web.get("/livez", self._alive),
            web.get("/startupz", self._started),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]
        if self.keys is None:
            return routes
        return [
            *routes,
            web.get("/openapi.json", self._document),
            web.get("/v1/customers", self._scoped("read", self._search)),
            web.get("/v1/customers/{customer}", self._owned("read", api_answers.profile)),
            web.get("/v1/customers/{customer}/risk", self._owned("read", api_answers.risk)),
            web.get("/v1/customers/{customer}/ledger", self._owned("read", api_answers.ledger)),
            web.get("/v1/customers/{customer}/timeline", self._owned("read", api_answers.timeline)),
            web.get("/v1/customers/{customer}/explain/{event}", self._owned("read", api_answers.explain)),
            web.post("/v1/customers/{customer}/simulate", self._owned("simulate", api_answers.simulate)),
            web.post("/v1/simulate", self._scoped("simulate", self._simulate)),
            web.get("/v1/live", self._scoped("live", self._watch)),
            web.get("/", self._page),
            web.get("/pages/{name}", self._part_of_page),
        ]

    async def _alive(self, request: web.Request) -> web.Response:
        return answer({"status": "alive"})

    async def _started(self, request: web.Request) -> web.Response:
        return answer({"status": "started"}) if self.holdings.opened_in >= 0 else not_yet("starting")

    async def _ready(self, request: web.Request) -> web.Response:
        """Ready: its partitions of the present assignment are open and at work."""
        ready = self.holdings.opened_in >= 0 and self.holdings.sessions.keys() == self.holdings.shards.keys()
        return (
            answer({"status": "ready", "partitions": sorted(self.holdings.shards)})
            if ready
            else not_yet("moving")
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encoder(self.registry), headers={"Content-Type": content_type})

    async def _document(self, request: web.Request) -> web.Response:
        return answer(document())

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGES / "index.html")

    async def _part_of_page(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in PARTS:
            raise web.HTTPNotFound
        return web.FileResponse(PAGES / name)

    def _scoped(self, scope: str, handler: Callable[..., Awaitable[web.StreamResponse]]) -> Handler:
        """The handler for who has a key with this scope."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._admit(request, scope)
            return await handler(request)

        return handle

    def _admit(self, request: web.Request, scope: str) -> Key:
        """The key of a request that may be answered now."""
        assert self.keys is not None, "without keys there are no such routes"
        word, _, secret = request.headers.get("Authorization", "").partition(" ")
        key = self.keys.of(secret.strip()) if word.lower() == "bearer" and secret else None
        if key is None:
            raise Refused(401, "no_key", "send a known API key in `Authorization: Bearer KEY`")
        wait_s = key.take(self.settings.api_rate, asyncio.get_running_loop().time())
        if wait_s:
            raise Refused(429, "too_often", f"the key {key.name} may ask again in {wait_s:.1f} s", wait_s)
        if scope not in key.scopes:
            raise Refused(403, "scope", f"the key {key.name} has no scope {scope}")
        return key

    def _owned(self, scope: str, reading: Callable[..., Awaitable[Any]]) -> Handler:
        """The handler of what the owner of the customer in the path answers."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._admit(request, scope)
            return await self._of_customer(request, request.match_info["customer"], reading)

        return handle

    async def _of_customer(
        self, request: web.Request, customer: str, reading: Callable[..., Awaitable[Any]], body: bytes = b""
    ) -> web.StreamResponse:
        if not 0 < len(customer) <= ID_MAX or not api_answers.NO_CONTROL(customer):
            raise Refused(400, "customer", f"a customer id has 1 to {ID_MAX} characters, none of control")
        body = body or await body_of(request)
        number = home(customer.encode(), self.settings.partitions)
        shard = self.holdings.shards.get(number)
        if shard is not None and number in self.holdings.sessions:
            return answer(await self._read(reading, request, shard, customer, body))
        return await self._ask_owner(request, number, body)

    async def _read(
        self,
        reading: Callable[..., Awaitable[Any]],
        request: web.Request,
        shard: Shard,
        customer: str,
        body: bytes,
    ) -> Any:
        asked = api_answers.Asked(
            customer=customer,
            shard=shard,
            catalogue=self.settings.catalogue,
            timeline=self.librarian.timelines.get(shard.number),
            level=self.librarian.level(shard.number),
            query=dict(request.query),
            event=request.match_info.get("event", ""),
            body=body,
        )
        try:
            return await reading(asked)
        except api_answers.Wrong as error:
            raise Refused(error.status, error.code, str(error)) from None
        except StoreDamaged as error:
            shard.damaged(error)

    async def _ask_owner(self, request: web.Request, number: int, body: bytes) -> web.Response:
        """The answer of the worker that has the partition."""
        where = self.owners.of(number)
        if not where or where == self.owners.own or FORWARDED in request.headers or self.asking is None:
            raise Refused(503, "moving", f"partition {number} is between two workers; ask again", 1.0)
        headers = {"Authorization": request.headers["Authorization"], FORWARDED: "1"}
        try:
            async with self.asking.request(
                request.method, _there(where, request), headers=headers, data=body
            ) as response:
                found = await response.read()
                forwarded = web.Response(
                    body=found, status=response.status, content_type=response.content_type
                )
                if "Retry-After" in response.headers:
                    forwarded.headers["Retry-After"] = response.headers["Retry-After"]
                return forwarded
        except (ClientError, TimeoutError):
            raise Refused(
                503, "owner_silent", f"the worker at {where} does not answer; ask again", 1.0
            ) from None

    async def _search(self, request: web.Request) -> web.Response:
        """The customers whose id begins so, of all workers."""
        prefix, limit = (
            request.query.get("prefix", ""),
            api_answers.limit_of(request.query.get("limit", ""), 20),
        )
        if limit is None or not 0 < len(prefix) <= ID_MAX or not api_answers.NO_CONTROL(prefix):
            raise Refused(400, "query", "give prefix, the first characters of an id, and limit from 1 to 200")
        found = [name for each in self.holdings.shards.values() for name in _names(each, prefix, limit)]
        if FORWARDED not in request.headers:
            asked = [self._names_at(where, request) for where in self.owners.others()]
            for names in await asyncio.gather(*asked):
                found += names
        return answer({"customers": sorted(set(found))[:limit]})

    async def _names_at(self, where: str, request: web.Request) -> list[str]:
        assert self.asking is not None, "requests come after the start"
        headers = {"Authorization": request.headers["Authorization"], FORWARDED: "1"}
        try:
            async with self.asking.get(_there(where, request), headers=headers) as response:
                return list((await response.json())["customers"]) if response.status == 200 else []
        except (ClientError, TimeoutError, ValueError):
            return []

    async def _simulate(self, request: web.Request) -> web.StreamResponse:
        """A dry run for whoever the events are of."""
        body = await body_of(request)
        customer = api_answers.customer_of(body)
        if customer is None:
            raise Refused(400, "events", 'send {"events": [...]}, each with the same subject')
        return await self._of_customer(request, customer, api_answers.simulate, body)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        """Events and decisions as they happen, as server-sent events."""
        if self.live.full:
            raise Refused(503, "full", "too many are watching here; try again later", 30.0)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **SAFE})
        await response.prepare(request)
        async with self.live.watch() as watcher:
            while True:
                line = await watcher.next(HEARTBEAT_S)
                await response.write(b": still here\n\n" if line is None else b"data: " + line + b"\n\n")


def _there(where: str, request: web.Request) -> URL:
    """The same question at another worker, as it came: a customer may be called ".."."""
    return URL(f"http://{where}{request.raw_path}", encoded=True)


def _names(shard: Shard, prefix: str, limit: int) -> list[str]:
    """The first customers of a partition whose id begins so."""
    try:
        return api_answers.names(shard, prefix, limit)
    except StoreDamaged as error:
        shard.damaged(error)
