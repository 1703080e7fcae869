"""The Faust application: what `tierline worker` runs, and `faust -A agents.app worker` too.

Faust assigns partitions, fetches, and tells of rebalances; the partitions' work is done by `Holdings`.
"""

import asyncio
import gc
import logging
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faust
import uvloop
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import TP
from faust.types.auth import CredentialsT

from agents import compiled
from agents.api import Api
from agents.assignor import Assignor
from agents.errors import UserError
from agents.exits import Exit, exits_before, leave
from agents.figures import Figures
from agents.holdings import Holdings
from agents.metrics import Metrics
from agents.owners import Owners, member_url
from agents.patrol import EVERY_S
from agents.preflight import prepare
from agents.settings import WorkerSettings, worker_settings
from agents.tracing import traces_of
from agents.transport import ConsumerThread, Scheduler, TableManager, Transport, WholeFetch
from rules.compiled import Rulebook
from rules.load import RuleError, load_rulebook
from topics.catalogue import Role
from topics.connection import Connection

HEARTBEAT_S = 0.5  # At most: how late a worker hears that partitions are dealt out anew.
REPORT_S = 1.0
GARBAGE_S = 30.0

log = logging.getLogger("tierline.app")


class App(faust.App):
    """Faust's application, which looks at its surroundings before it starts to work."""

    settings: WorkerSettings
    metrics: Metrics
    api: Api

    async def on_first_start(self) -> None:
        """Ends the process with a sentence when something has to be put right first."""
        settings = self.settings
        with sentences_only():
            self.state_lock = await prepare(settings)  # Held as long as the process lives.
            if settings.web_port:
                await self.api.start()
        gc.disable()
        gc.freeze()
        await super().on_first_start()


class Source:
    """The consumer as the holdings see it."""

    def __init__(self, app: "App") -> None:
        self.app = app
        self._seeking: asyncio.Task[None] | None = None

    @property
    def _thread(self) -> ConsumerThread:
        return self.app.consumer._thread

    def generation(self) -> int:
        """The group's generation this worker is in."""
        return int(self.app.consumer_generation_id)

    def assigned(self) -> set[TP]:
        """The topic partitions it was given."""
        return set(self.app.consumer.assignment())

    def standbys(self) -> set[int]:
        """The partitions of others of which it is to keep a copy."""
        changelog = self.app.settings.catalogue.name(Role.CHANGELOG)
        return {tp.partition for tp in self.app.assignor.assigned_standbys() if tp.topic == changelog}

    def next_epoch(self) -> int:
        """The number of the consumer's next seek."""
        return self._thread.epoch + 1

    def read_to_end(self, tp: TP) -> tuple[int, int] | None:
        """(position, UTC ms of the last answer) of an input read to its very end then, else None."""
        state = self._thread.state(tp)
        if state is None or not state.has_valid_position or state.highwater is None or not state.timestamp:
            return None
        return (state.position, state.timestamp) if state.position >= state.highwater else None

    def behind(self, tp: TP) -> int:
        """Records between the consumer's position and the end of an input."""
        state = self._thread.state(tp)
        if state is None or not state.has_valid_position or state.highwater is None:
            return 0
        return max(state.highwater - state.position, 0)

    def seek_again(self) -> None:
        """Has the consumer go back to the positions the engine asks for next, once at a time."""
        if self._seeking is None or self._seeking.done():
            self._seeking = asyncio.get_running_loop().create_task(self.app.consumer.perform_seek())

    async def report(self, positions: dict[TP, int]) -> None:
        """Commits the group's offsets, for tools that show lag."""
        await self._thread.call_thread(self._thread.report, positions)


def credentials_of(connection: Connection) -> CredentialsT | None:
    """The same proof of who we are in Faust's words; None without any."""
    if connection.mechanism:
        return SASLCredentials(
            username=connection.username, password=connection.password,
            ssl_context=connection.tls, mechanism=connection.mechanism,
        )  # fmt: skip
    return SSLCredentials(connection.tls) if connection.tls is not None else None


def faust_app(settings: WorkerSettings) -> App:
    """Faust set up to hand whole fetches on and to leave state, commits and recovery to us."""
    member = settings.instance_id or f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    app = App(
        settings.app_id,
        broker=[f"kafka://{server}" for server in settings.connection.servers],
        broker_credentials=credentials_of(settings.connection),
        store="memory://",  # The declared table is empty; RocksDB is opened by `Holdings`.
        datadir=settings.state_dir / settings.app_id / "faust",
        canonical_url=member_url(settings, member),  # How the assignor tells members apart.
        consumer_group_instance_id=settings.instance_id or None,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(settings.session_timeout_s / 4, HEARTBEAT_S),
        broker_rebalance_timeout=20.0,
        table_standby_replicas=settings.standbys,
        topic_disable_leader=True,  # Its long poll would stall busy partitions.
        topic_allow_declare=False,
        topic_partitions=settings.partitions,
        stream_wait_empty=False,
        stream_buffer_maxsize=64,  # Of whole fetches.
        stream_recovery_delay=0.0,
        web_enabled=False,
        worker_redirect_stdouts=False,
        ConsumerScheduler=Scheduler,
        PartitionAssignor=Assignor,
        TableManager=TableManager,
    )
    app.settings, app.metrics = settings, Metrics()
    app.transport = Transport(app.conf.broker_consumer, app, loop=None)
    return app


def build_app(settings: WorkerSettings, rulebook: Rulebook) -> App:
    """The application, ready to start; `app.transport.engine` is its `Holdings`."""
    app = faust_app(settings)
    app.metrics.began(rulebook, settings.catalogue, compiled.in_use(), exits_before())
    source, metrics = Source(app), app.metrics
    holdings = app.transport.engine = Holdings(settings, rulebook, metrics, source, traces_of(settings))
    figures = Figures(holdings, metrics, rulebook)
    app.api = Api(settings, holdings, Owners(app, settings), metrics.registry)
    app.Table("customers", partitions=settings.partitions, help="one row per customer; kept in RocksDB")

    async def read(stream: Any) -> None:
        async for event in stream.noack().events():
            holdings.add(event.message.tp, event.value)

    for name in settings.catalogue.inputs:
        app.agent(app.topic(name, schema=WholeFetch(), acks=False), name=name)(read)

    @app.on_partitions_revoked.connect
    async def revoked(app: faust.App, tps: set[TP], **kwargs: Any) -> None:
        await _or_leave(holdings.pause(), "could not let go of its partitions")

    @app.on_rebalance_complete.connect
    async def assigned(app: faust.App, **kwargs: Any) -> None:
        await _or_leave(holdings.resume(), "could not open its partitions")

    @app.on_before_shutdown.connect
    async def closing(app: faust.App, **kwargs: Any) -> None:
        await app.api.stop()
        await _or_leave(holdings.close(), "could not close its partitions")

    @app.timer(interval=REPORT_S)
    async def report() -> None:
        figures.show()
        await source.report(holdings.applied())

    @app.task
    async def patrols() -> None:
        while not app.should_stop:
            figures.look()
            await asyncio.sleep(EVERY_S)

    @app.timer(interval=GARBAGE_S)
    async def collect_garbage() -> None:
        gc.collect()  # Python's own collector would walk every run again and again; runs make no cycles.

    return app


async def _or_leave(hook: Any, failed: str) -> None:
    """Awaits a hook whose exceptions Faust would swallow; one ends the process."""
    try:
        await hook
    except Exception:
        log.exception("This worker %s.", failed)
        leave(Exit.DEFECT, f"This worker {failed}; the lines above tell why.")


def app_from_environment() -> App:
    """The application for Faust's own commands."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    settings = worker_settings()
    return build_app(settings, load_rulebook(settings.rules))


@contextmanager
def sentences_only() -> Iterator[None]:
    """Ends the program with the sentence of an operator's mistake, in place of a traceback."""
    try:
        yield
    except UserError as error:
        leave(Exit(error.exit_code) if error.exit_code in list(Exit) else Exit.REFUSED, str(error))
    except RuleError as error:
        leave(Exit.REFUSED, "\n".join(map(str, error.all())))


def __getattr__(name: str) -> Any:
    """`app`, made from the environment when Faust's own command asks for it."""
    if name != "app":
        raise AttributeError(name)
    with sentences_only():
        globals()["app"] = app = app_from_environment()
    return app
