"""A trace goes from a purchase through a real worker to its effects, and to a real collector."""

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiokafka import AIOKafkaProducer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agents.exits import Exit
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_proof import commits, counts_applied
from tests.agents.test_commands import say
from tests.agents.worker_kit import environment, purchases, running, until
from topics.catalogue import Role

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = f"00-{TRACE_ID}-{SPAN_ID}-01".encode()
UNSAMPLED = f"00-{TRACE_ID[::-1]}-{SPAN_ID}-00".encode()


@contextmanager
def collector():
    """(address, spans): a real OTLP endpoint, and what has come there."""
    spans = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in of_resource.scope_spans:
                    spans.extend((of_resource.resource, span) for span in of_scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()


async def send(settings, rows):
    """Sends (key, value, headers)."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.servers)
    await producer.start()
    for key, value, headers in rows:
        await producer.send_and_wait(settings.catalogue.name(Role.PURCHASES), value, key, 0, headers=headers)
    await producer.stop()


def in_binary(key, value, headers):
    """The same event as a binary CloudEvent, with more headers."""
    event = json.loads(value)
    data = json.dumps(event.pop("data")).encode()
    return key, data, [*((f"ce_{name}", text.encode()) for name, text in event.items()), *headers]


async def taken(settings):
    return counts_applied(await commits(settings)).total()


async def there(settings, role, count):
    """So many records of an output; a commit may show there a moment later than in the journal."""
    name = settings.catalogue.name(role)
    return await until(lambda: read_committed(settings.kafka, name), lambda found: len(found) == count)


def plain(attributes):
    return {each.key: each.value.string_value or each.value.int_value for each in attributes}


async def test_a_purchases_trace_reaches_its_effects_and_the_collector(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", traces="otlp")
    one, two, three = purchases(["c1", "c2", "c3"], "a")
    rows = [
        in_binary(*one, [("ce_traceparent", SAMPLED)]),
        (*two, []),
        (*three, [("traceparent", UNSAMPLED)]),
        (b"c4", b"no JSON", [("traceparent", SAMPLED)]),
    ]
    await send(settings, rows)
    with collector() as (address, spans):
        env = environment(settings) | {"OTEL_EXPORTER_OTLP_ENDPOINT": address}
        with running([sys.executable, "-m", "agents.child"], env, tmp_path / "log") as process:
            await until(lambda: taken(settings), lambda count: count == 4)
            assert process.stop() == Exit.STOPPED
    sent = [span for _, span in spans]
    assert {plain(resource.attributes)["service.name"] for resource, _ in spans} == {settings.app_id}
    assert [span.name for span in sent] == [f"process {settings.prefix}.purchases"] * 2
    assert {span.trace_id.hex() for span in sent} == {TRACE_ID}
    assert {span.parent_span_id.hex() for span in sent} == {SPAN_ID}
    told = sorted((plain(span.attributes) for span in sent), key=lambda each: each["messaging.kafka.offset"])
    assert [each["messaging.kafka.offset"] for each in told] == [0, 3]
    assert told[0]["messaging.destination.name"] == f"{settings.prefix}.purchases"
    assert all("c1" not in str(value) for each in told for value in each.values()), "a customer is named"
    earned = await there(settings, Role.POINTS, 3)
    points = {record.key: dict(record.headers) for record in earned}
    worn = points[b"c1"]["traceparent"].decode().split("-")
    assert worn[1] == TRACE_ID
    assert worn[2] in {span.span_id.hex() for span in sent}
    assert points[b"c1"]["ce_traceparent"] == points[b"c1"]["traceparent"]
    assert not {"traceparent", "ce_traceparent"} & points[b"c2"].keys()
    assert points[b"c3"]["traceparent"].decode().split("-")[1::2] == [TRACE_ID[::-1], "00"]
    (letter,) = await there(settings, Role.DEAD_LETTERS, 1)
    assert letter.headers[0] == ("traceparent", SAMPLED)
    assert letter.headers[-1][0] == "tierline.reason"
    verified = await say(settings, "verify")
    assert "verified 4 events, " in verified.out, verified.out
    assert "0 differences" in verified.out


async def test_without_the_setting_no_header_is_added_and_nothing_of_it_is_loaded(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state")
    (row,) = purchases(["c1"], "a")
    await send(settings, [(*row, [("traceparent", SAMPLED)])])
    with running([sys.executable, "-m", "agents.child"], environment(settings), tmp_path / "log") as process:
        await until(lambda: taken(settings), lambda count: count == 1)
        assert process.stop() == Exit.STOPPED
    (record,) = await there(settings, Role.POINTS, 1)
    assert "traceparent" not in dict(record.headers)
    loads = (
        "import sys, agents.child; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


async def test_without_opentelemetry_the_worker_says_what_to_install(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", traces="otlp")
    hidden = tmp_path / "opentelemetry"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError(name='opentelemetry')")
    env = environment(settings) | {"PYTHONPATH": f"{tmp_path}:."}
    with running([sys.executable, "-m", "agents.child"], env, tmp_path / "log") as process:
        assert process.ended() == Exit.REFUSED
        assert "traces otlp needs opentelemetry: install tierline[otel]." in process.said
