"""A purchase becomes one webhook call, though the notifier is killed at any moment and the webhook fails."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from statistics import median

import pytest

from agents.exits import Exit
from examples.notifier.deliver import FIRST_PAUSE_S, LAST_PAUSE_S, answer, pause_s
from examples.notifier.store import Notice, Store
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.support_events import RULEBOOK
from tests.agents.worker_kit import PATIENCE_S, environment, purchases, running, until, worker
from topics.catalogue import Role

SECRET = "of the two"
NOTICES = """
notifications:
  languages: [en]
  intents:
    - id: points
      on: points.earned
      class: transactional
      texts: {en: "{qty} points for you, {balance} in all."}
"""


def shop(broker, tmp_path, partitions=1):
    """Settings of a worker whose rulebook tells customers of their points."""
    rules = tmp_path / "book.yaml"
    rules.write_text(RULEBOOK + NOTICES)
    settings = installation(broker.bootstrap, tmp_path / "state", partitions)
    return settings.model_copy(update={"rules": rules})


class Receiver:
    """A webhook as a receiver should have it: what comes with a known key is not done again.

    With `hang` the next call gets no answer until `let_go`: it came, and was done. `statuses` are what the
    next calls are answered, 200 when there are none left.
    """

    def __init__(self):
        self.calls, self.done, self.at_s = [], {}, {}
        self.statuses, self.hang, self.hung = [], False, threading.Event()
        self.let_go = threading.Event()
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                """A caller that was killed does not wait for its answer."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/tierline"

    def take(self, headers, body):
        """The status of one call."""
        with self.lock:
            self.calls.append((headers, body))
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200 and headers["Idempotency-Key"] not in self.done:
                self.done[headers["Idempotency-Key"]] = json.loads(body)
                self.at_s[headers["Idempotency-Key"]] = time.monotonic()
            hang, self.hang = self.hang, False
        if hang:
            self.hung.set()
            self.let_go.wait(PATIENCE_S)
        return status


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.let_go.set()
    found.server.shutdown()


@contextmanager
def notifier(settings, receiver, tmp_path, *words):
    """The notifier as a process of its own."""
    command = [sys.executable, "-m", "examples.notifier", "--webhook", receiver.url]
    command += ["--store", str(tmp_path / "notifier.db"), "--group", f"{settings.app_id}-notifier", *words]
    env = environment(settings) | {"NOTIFIER_SECRET": SECRET}
    with running(command, env, tmp_path / "notifier.log") as process:
        yield process


async def received(receiver, count):
    """Returns when so many notices have been taken."""

    async def ask():
        return len(receiver.done)

    await until(ask, lambda found: found >= count)


async def buy(settings, names, label):
    topic = settings.catalogue.name(Role.PURCHASES)
    await send(settings.kafka, topic, purchases(names, label))


async def told(settings):
    """Each effect on the topic: id -> customer."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.NOTIFICATIONS))
    return {dict(record.headers)["ce_id"].decode(): record.key.decode() for record in records}


async def test_a_purchase_comes_to_the_webhook_once_and_soon(broker, tmp_path, receiver, report):
    settings = shop(broker, tmp_path, partitions=2)
    with worker(settings, tmp_path / "log") as process, notifier(settings, receiver, tmp_path) as poster:
        await buy(settings, ["first"], "w")  # Until it has come, both are starting.
        await received(receiver, 1)
        took_ms = []
        for number in range(20):
            began = time.monotonic()
            await buy(settings, [f"c{number}"], f"p{number}")
            await received(receiver, 2 + number)
            took_ms.append((max(receiver.at_s.values()) - began) * 1000)
        assert poster.stop() == 0
        assert process.stop() == Exit.STOPPED
    took = f"median {median(took_ms):.0f} ms, most {max(took_ms):.0f} ms"
    report(f"notifier: from purchase to webhook, 20 times: {took}")
    effects = await told(settings)
    assert Counter(headers["Idempotency-Key"] for headers, _ in receiver.calls) == Counter(effects.keys())
    for headers, body in receiver.calls:
        notice = json.loads(body)
        assert (notice["id"], notice["type"]) == (headers["Idempotency-Key"], "notify.requested")
        assert notice["data"]["text"] == "10 points for you, 10 in all."
        assert notice["subject"] == effects[notice["id"]]
        assert headers["Tierline-Signature"] == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert "'delivered': 21" in poster.said


async def test_a_kill_between_the_call_and_its_answer_repeats_it_with_the_same_key(
    broker, tmp_path, receiver
):
    settings = shop(broker, tmp_path)
    receiver.hang = True
    with worker(settings, tmp_path / "log"):
        with notifier(settings, receiver, tmp_path) as first:
            await buy(settings, ["c1"], "a")
            assert await asyncio.to_thread(receiver.hung.wait, PATIENCE_S)
            assert first.stop(signal.SIGKILL) == -signal.SIGKILL
        with notifier(settings, receiver, tmp_path) as second:
            await buy(settings, ["c2"], "b")
            await received(receiver, 2)
            assert second.stop() == 0
    (one, one_again), (other,) = (
        [body for headers, body in receiver.calls if json.loads(body)["subject"] == name]
        for name in ("c1", "c2")
    )
    assert one == one_again
    assert json.loads(other)["subject"] == "c2"
    assert sorted(notice["subject"] for notice in receiver.done.values()) == ["c1", "c2"]


async def test_killed_again_and_again_amid_failures_every_effect_is_taken_exactly_once(
    broker, tmp_path, receiver
):
    settings = shop(broker, tmp_path, partitions=2)
    chance = Random(5)
    receiver.statuses = [chance.choice((200, 200, 500, 429)) for _ in range(150)]
    with worker(settings, tmp_path / "log"):
        for round_number in range(5):
            with notifier(settings, receiver, tmp_path) as process:
                await buy(settings, [f"c{round_number}-{number}" for number in range(30)], f"r{round_number}")
                await asyncio.sleep(chance.uniform(1.0, 3.0))
                os.kill(process.popen.pid, signal.SIGKILL)
        with notifier(settings, receiver, tmp_path) as process:
            await received(receiver, 150)
            assert process.stop() == 0
    effects = await told(settings)
    assert len(effects) == 150
    assert {key: notice["subject"] for key, notice in receiver.done.items()} == effects
    bodies = {(headers["Idempotency-Key"], body) for headers, body in receiver.calls}
    assert len(bodies) == 150, "a repeat differs from the first"
    assert len(receiver.calls) > 150, "nothing was tried again"


def notice(id="e1", customer="c1", due_ms=10, expires_ms=10**13):
    return Notice(id, customer, b"{}", "", due_ms, expires_ms)


def test_a_notice_waits_for_its_instant_and_is_taken_in_once(tmp_path):
    store = Store(tmp_path / "n.db")
    store.take_in([notice(), notice("e2", "c2", due_ms=20)])
    store.take_in([notice()])
    assert [each.id for each in store.due(9, 9)] == []
    assert [each.id for each in store.due(19, 9)] == ["e1"]
    store.ended(store.due(19, 9)[0], "delivered", "200", 19)
    store.take_in([notice()])
    assert [each.id for each in Store(tmp_path / "n.db").due(99, 9)] == ["e2"]


def test_a_later_notice_of_a_customer_stays_behind_one_that_is_tried_again(tmp_path):
    store = Store(tmp_path / "n.db")
    store.take_in([notice("e1"), notice("e2"), notice("e3", "c2")])
    store.again(store.due(10, 1)[0], "500", 50)
    assert [each.id for each in store.due(40, 9)] == ["e3"]
    assert [(each.id, each.tries) for each in store.due(50, 9)] == [("e1", 1), ("e2", 0), ("e3", 0)]


@pytest.mark.parametrize(
    ("status", "retry_after", "state"),
    [(204, "", "delivered"), (400, "", "refused"), (404, "", "refused"), (410, "", "refused"),
     (408, "", "again"), (409, "", "again"), (429, "7", "again"), (500, "", "again"), (302, "", "again")],
)  # fmt: skip
def test_an_answer_means_done_never_or_again(status, retry_after, state):
    found = answer(status, retry_after, tries=0)
    assert found.state == state
    assert (found.pause_s >= 7) == (retry_after == "7")


def test_pauses_grow_to_a_bound_and_are_spread():
    assert all(FIRST_PAUSE_S / 2 <= pause_s(0) <= FIRST_PAUSE_S for _ in range(50))
    assert all(LAST_PAUSE_S / 2 <= pause_s(40) <= LAST_PAUSE_S for _ in range(50))
    assert len({pause_s(3) for _ in range(20)}) > 1
