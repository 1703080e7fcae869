"""Whoever asks the HTTP interface badly gets one sentence, costs little, and hurts nobody else."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from agents import api_refusals, api_server
from agents.api_refusals import BODY_MAX, answer, body_of, guard
from tests.agents.support_api import free_port, serving
from tests.agents.test_api import bought
from tests.agents.worker_kit import until
from topics.partitioner import home

STRANGE = ["..", ".", "a%2Fb", "?", "#x", "x\\y", "a b/ü", "‮😀", "<b>", "'; --"]
GARBAGE = [
    b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET /livez?a=\xef\xbc\x92 HTTP/1.1\r\nHost: x\r\n\r\n",
]


@asynccontextmanager
async def listening():
    """The port of a server that answers with the length of what it was sent."""

    async def echo(request):
        return answer({"length": len(await body_of(request))})

    app = web.Application(middlewares=[guard], client_max_size=BODY_MAX)

    async def spoilt(request):
        raise KeyError(request.match_info["customer"])

    app.add_routes([web.get("/livez", echo), web.post("/echo", echo), web.get("/v1/{customer}", spoilt)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    server = await api_server.listening(runner, "127.0.0.1", port)
    yield port
    server.close()
    await runner.cleanup()


async def told(port, sent, wait_s=10.0):
    """All that comes back for some bytes, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(wait_s):
        found = await reader.read()
    writer.close()
    return found


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_what_is_no_http_gets_one_sentence_as_json_and_none_of_it_back(garbage):
    async with listening() as port:
        head, _, body = (await told(port, garbage)).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"400"
    assert b"Server: tierline" in head
    error = json.loads(body)["error"]
    assert error == {"code": "not_http", "message": "this is no HTTP request that can be read"}


async def test_a_defect_is_one_sentence_for_the_client_and_names_no_customer_in_the_log(caplog):
    async with listening() as port, ClientSession() as session:
        response = await session.get(f"http://127.0.0.1:{port}/v1/anna@example.com")
        said = await response.text()
    assert response.status == 500
    assert json.loads(said)["error"]["code"] == "defect"
    assert "anna" not in said
    (record,) = [each for each in caplog.records if each.name == "tierline.http"]
    assert record.getMessage() == "A defect answered GET /v1/{customer}."


async def test_a_client_that_sends_its_head_drop_by_drop_is_let_go(monkeypatch):
    monkeypatch.setattr(api_server, "IDLE_S", 0.5)
    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def drip():
            for byte in b"GET /livez HTTP/1.1\r\nX: " + b"a" * 10_000:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        dripping.cancel()


async def test_a_body_that_never_ends_is_answered_with_408(monkeypatch):
    monkeypatch.setattr(api_refusals, "BODY_S", 0.3)
    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_client_too_many_is_told_so_and_those_that_are_there_are_served(monkeypatch):
    monkeypatch.setattr(api_server, "CONNECTIONS_MAX", 2)
    async with listening() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert (await told(port, b"")).startswith(b"HTTP/1.1 503 ")
        reader, writer = held[0]
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            assert b"200 OK" in await reader.readline()
        for _, each in held:
            each.close()


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_body_too_large_is_refused_before_it_is_read(encoding):
    async with listening() as port, ClientSession() as session:
        url, headers = f"http://127.0.0.1:{port}/echo", {"Content-Encoding": encoding} if encoding else {}
        sent = {"data": b"\0" * (50 * BODY_MAX), "compress": encoding or None}
        async with session.post(url, headers={} if encoding else headers, **sent) as response:
            assert response.status == 413
            assert (await response.json())["error"]["code"] == "too_large"


async def test_hostile_questions_to_two_workers_are_refused_in_one_sentence_each(broker, tmp_path):
    assert {home(name.encode(), 2) for name in STRANGE} == {0, 1}
    async with serving(broker.bootstrap, tmp_path, scopes=("read", "simulate"), api_rate=10_000) as asking:
        await asking.buys([bought(name, f"e-{at}", 12_300) for at, name in enumerate(STRANGE)])
        await _every_customer_is_found_by_every_worker(asking)
        await _no_path_leads_out(asking)
        await _no_body_is_a_defect(asking)
        await _no_method_is_a_defect(asking)
        for at in (0, 1):
            log = (tmp_path / f"worker-{at}.log").read_text()
            assert "Traceback" not in log
            assert "A defect answered" not in log


def quoted(name):
    """Every byte as %XX, dots too."""
    return "".join(f"%{byte:02X}" for byte in name.encode())


async def raw(asking, at, request):
    """(status, body) of a request line as it is."""
    key = f"Authorization: Bearer {asking.keys['read']}"
    lines = [f"{request} HTTP/1.1", "Host: x", key, "Connection: close"]
    head = "\r\n".join([*lines, "", ""])
    found = await told(asking.settings[at].web_port, head.encode())
    top, _, body = found.partition(b"\r\n\r\n")
    return int(top.split(b" ")[1]), body


async def _every_customer_is_found_by_every_worker(asking):
    for name in STRANGE:
        for at in (0, 1):
            path = f"/v1/customers/{quoted(name)}"
            status, body = await until(
                lambda p=path, a=at: raw(asking, a, f"GET {p}"), lambda got: got[0] not in (404, 503)
            )
            assert (status, json.loads(body)["customer"]) == (200, name)
            status, body = await raw(asking, at, f"GET {path}/risk")
            assert (status, json.loads(body)["customer"]) == (200, name)


async def _no_path_leads_out(asking):
    paths = [
        "/pages/../api.py", "/pages/..%2fapi.py", "/pages/%2e%2e/api.py", "/pages/", "/pages",
        "/pages//etc/passwd", "/pages/index.html", "/pages/page.js%00", "/pages/nope",
        "/v1/customers/../../metrics", "//v1/customers/c1", "/v1/customers/c1/", "/v1/customers//ledger",
        "/table", "/table/customers", "/stats", "/router", "/v1", "/.env",
    ]  # fmt: skip
    for path in paths:
        status, body = await raw(asking, 0, f"GET {path}")
        assert (status, json.loads(body)["error"]["code"]) == (404, "no_such_path"), path
    for name in ("page.js", "words.js", "style.css", "icon.svg"):
        assert (await raw(asking, 0, f"GET /pages/{name}"))[0] == 200
    for path in ("/v1/customers/c1/explain/%00", f"/v1/customers/c1/explain/{'x' * 600}"):
        status, body = await raw(asking, 0, f"GET {path}")
        assert (status, json.loads(body)["error"]["code"]) == (400, "event")


async def _no_body_is_a_defect(asking):
    _, value = bought("c1", "dry", 100)
    event = json.loads(value)
    deep = b'{"events":' + b"[" * 100_000
    bodies = [
        deep, deep + b"]" * 100_000 + b"}", b"\xff\xfe", b"null", b"[]", b'"x"',
        b'{"events": {}}', b'{"events": [[]]}',
        b'{"events": [{"subject": "\\ud800"}]}', b'{"events": [{"subject": 5}]}', b'{"events": [null]}',
        json.dumps({"events": [event] * 101}).encode(),
        json.dumps({"events": [{**event, "time": "9999-99-99"}]}).encode(),
        json.dumps({"events": [{**event, "type": "time.reached"}]}).encode(),
    ]  # fmt: skip
    for body in bodies:
        for path in ("/v1/simulate", "/v1/customers/c1/simulate"):
            status, answered = await asking.post(path, body)
            assert status == 400, (path, body[:60], answered)
            assert answered["error"]["message"].count("\n") == 0
    huge = {**event, "data": {"order_id": "o", "currency": "CNY", "amount": 10**400}}
    status, answered = await asking.post("/v1/simulate", json.dumps({"events": [huge]}).encode())
    assert status in (200, 400)
    if status == 200:
        assert answered["effects"][0]["type"] == "dead_letter"
    assert (await asking.post("/v1/simulate", b" " * (BODY_MAX + 1)))[0] == 413


async def _no_method_is_a_defect(asking):
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"):
        for path in ("/v1/customers/c1", "/livez", "/metrics", "/", "/v1/simulate"):
            status, body = await raw(asking, 0, f"{method} {path}")
            assert (status, json.loads(body)["error"]["code"]) == (405, "method"), (method, path)
    for path in ("/livez", "/metrics", "/", "/v1/customers/%2E%2E", "/pages/page.js"):
        assert await raw(asking, 0, f"HEAD {path}") == (200, b""), path
