"""The HTTP interface of two real workers: any of them answers for any customer, for keys that may ask."""

import json
import time

from jsonschema import Draft202012Validator
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agents.api_document import document
from tests.agents.support_api import serving
from tests.agents.worker_kit import until
from topics.instants import format_ms
from topics.partitioner import home


def event(kind, customer, id, at_ms, **data):
    time = format_ms(at_ms).decode()
    told = {"type": kind, "source": "pos-7", "id": id, "time": time, "subject": customer, "data": data}
    return customer.encode(), json.dumps(told).encode()


def bought(customer, id, amount, at_ms=0):
    at_ms = at_ms or time.time_ns() // 1_000_000 - 60_000
    return event("purchase.completed", customer, id, at_ms, order_id=f"o-{id}", currency="CNY", amount=amount)


def check(path, method, status, body):
    """Fails unless the answer is one that the OpenAPI document tells of."""
    told = document()["paths"][path][method]["responses"][str(status)]["content"]["application/json"][
        "schema"
    ]
    Draft202012Validator({"components": document()["components"], **told}).validate(body)


async def test_any_worker_answers_for_any_customer_and_keys_say_who_may_ask(broker, tmp_path):
    names = ["c1", "c2", "c3", "c4", "sp ace/ü"]
    assert {home(name.encode(), 2) for name in names} == {0, 1}
    async with serving(broker.bootstrap, tmp_path) as asking:
        await asking.buys([bought(name, f"e-{name}", 12_300) for name in names])
        await _profiles(asking, names)
        await _risks(asking)
        await _timelines(asking)
        await _refusals(asking)
        await _dry_runs(asking)
        await _search(asking, names)
        await _health(asking)
        await _numbers(asking, names)


async def _profiles(asking, names):
    for name in names:
        path = f"/v1/customers/{name.replace(' ', '%20').replace('/', '%2F')}"
        answers = [
            await until(lambda p=path, at=at: asking.get(p, at), lambda got: got[0] == 200) for at in (0, 1)
        ]
        assert answers[0][1]["customer"] == name
        assert answers[0][1]["wallets"]["points"]["active"] == 123
        assert answers[0][1]["tiers"]["main"]["tier"] == "silver"
        assert answers[0][1]["tiers"] == answers[1][1]["tiers"]
        check("/v1/customers/{customer}", "get", 200, answers[1][1])
    status, body = await asking.get("/v1/customers/nobody")
    assert (status, body["error"]["code"]) == (404, "customer")
    check("/v1/customers/{customer}", "get", 404, body)


async def _risks(asking):
    for at in (0, 1):
        status, told = await asking.get("/v1/customers/c1/risk", at)
        check("/v1/customers/{customer}/risk", "get", status, told)
        assert (status, told["watched"], told["level"], told["gap_days"]) == (200, True, "", 0)
        assert "open_complaints" in [each["factor"] for each in told["factors"]]
    status, told = await asking.get("/v1/customers/nobody/risk")
    assert (status, told["error"]["code"]) == (404, "customer")
    assert (await asking.get("/v1/customers/c1/risk", key="live"))[0] == 403


async def _timelines(asking):
    for number in range(3):
        await asking.buys([bought("c1", f"more-{number}", 100)])
    ledger = "/v1/customers/c1/ledger"
    status, first = await until(
        lambda: asking.get(f"{ledger}?limit=3", 1),
        lambda got: [each["data"]["qty"] for each in got[1].get("entries", [])] == [1, 1, 1],
    )
    check("/v1/customers/{customer}/ledger", "get", status, first)
    _, rest = await asking.get(f"{ledger}?limit=3&after={first['next']}")
    assert [each["data"]["qty"] for each in rest["entries"]] == [123]
    _, every = await asking.get("/v1/customers/c1/timeline")
    assert [each["type"] for each in every["entries"]].count("purchase.completed") == 4
    status, why = await asking.get("/v1/customers/c1/explain/e-c1", 1)
    check("/v1/customers/{customer}/explain/{event}", "get", status, why)
    told = {each["type"]: each["reason"] for each in why["entries"]}
    assert set(told) == {"purchase.completed", "points.earned", "tier.enrolled"}
    assert told["points.earned"]["en"] == "123 points earned for order o-e-c1 by base (1 per 1.00 CNY)."
    assert "订单 o-e-c1" in told["points.earned"]["zh"]
    assert "123.00 CNY ≥ 100.00 CNY" in told["tier.enrolled"]["en"]
    decision = next(each for each in why["entries"] if each["type"] == "points.earned")
    status, one = await asking.get(f"/v1/customers/c1/explain/{decision['id']}")
    assert [each["id"] for each in one["entries"]] == [decision["id"]]
    assert (await asking.get("/v1/customers/c1/explain/never"))[0] == 404


async def _refusals(asking):
    path = "/v1/customers/c1"
    for key, status, code in (("", 401, "no_key"), ("tl_wrong", 401, "no_key"), ("live", 403, "scope")):
        got, body = await asking.get(path, key=key)
        assert (got, body["error"]["code"]) == (status, code)
        check("/v1/customers/{customer}", "get", status, body)
    for wrong, code in (
        ("/v1/customers/c1/ledger?limit=0", "limit"),
        ("/v1/customers/c1/ledger?limit=x", "limit"),
        ("/v1/customers/c1/ledger?after=zz", "after"),
        ("/v1/customers/c1/ledger?after=00", "after"),
        ("/v1/customers?prefix=", "query"),
        (f"/v1/customers/{'x' * 257}", "customer"),
        ("/v1/customers/a%00b", "customer"),
    ):
        got, body = await asking.get(wrong)
        assert (got, body["error"]["code"]) == (400, code), wrong
    assert (await asking.get("/v1/nothing"))[0] == 404
    assert (await asking.post("/v1/customers/c1", {}, key="read"))[0] == 405
    assert (await asking.post("/v1/simulate", b"{" * 300_000))[0] == 413
    # Faust would serve its tables here.
    assert (await asking.get("/table/customers/"))[0] == 404


async def _dry_runs(asking):
    _, before = await asking.get("/v1/customers/c2")
    _, value = bought("c2", "dry", 200_000)
    events = {"events": [json.loads(value)]}
    for at in (0, 1):
        status, told = await asking.post("/v1/simulate", events, at)
        check("/v1/simulate", "post", status, told)
        assert [each["type"] for each in told["effects"]] == ["points.earned", "tier.upgraded"]
        assert told["profile"]["tiers"]["main"]["tier"] == "gold"
    _, after = await asking.get("/v1/customers/c2")
    assert after["rev"] == before["rev"]
    assert after["tiers"] == before["tiers"]
    new = json.loads(bought("brand-new", "dry", 200)[1])
    status, told = await asking.post("/v1/customers/brand-new/simulate", {"events": [new]}, 1)
    assert (status, told["profile"]["wallets"]["points"]["active"]) == (200, 2)
    assert (await asking.get("/v1/customers/brand-new"))[0] == 404
    for wrong in (b"", b"{", {}, {"events": []}, {"events": [1]}, {"events": [{"subject": "c2"}]}):
        assert (await asking.post("/v1/simulate", wrong))[0] == 400, wrong
    other = {"events": [json.loads(value), {**json.loads(value), "subject": "c3"}]}
    status, told = await asking.post("/v1/simulate", other)
    assert (status, "events[1].subject must be 'c2'" in told["error"]["message"]) == (400, True)
    spoilt = {"events": [{**json.loads(value), "data": {}}]}
    status, told = await asking.post("/v1/simulate", spoilt)
    assert (status, told["effects"][0]["type"], told["effects"][0]["reason"]) == (
        200,
        "dead_letter",
        "schema",
    )


async def _search(asking, names):
    for at in (0, 1):
        status, found = await asking.get("/v1/customers?prefix=c", at)
        assert (status, found["customers"]) == (200, [name for name in names if name.startswith("c")])
    assert (await asking.get("/v1/customers?prefix=c&limit=2"))[1]["customers"] == ["c1", "c2"]


async def _numbers(asking, names):
    """In the OpenMetrics format the slowest event of a bucket is named, and no customer anywhere."""
    labels, examples = set(), set()
    for each in asking.settings:
        headers = {"Accept": "application/openmetrics-text; version=1.0.0"}
        async with asking.session.get(
            f"http://127.0.0.1:{each.web_port}/metrics", headers=headers
        ) as response:
            assert response.content_type == "application/openmetrics-text"
            for family in text_string_to_metric_families(await response.text()):
                for sample in family.samples:
                    labels |= set(sample.labels.values())
                    if sample.exemplar is not None:
                        assert family.name == "tierline_event_latency_seconds"
                        examples |= {sample.exemplar.labels["event_id"]}
    assert examples
    assert examples <= {f"pos-7|e-{name}" for name in names} | {f"pos-7|more-{n}" for n in range(3)}
    assert len(labels) > 50
    assert not [label for label in labels if any(label == name or f"|{name}" in label for name in names)]


async def _health(asking):
    for path in ("/livez", "/readyz", "/startupz"):
        status, body = await asking.get(path, key="")
        check(path, "get", status, body)
        assert status == 200
    url = f"http://127.0.0.1:{asking.settings[0].web_port}"
    async with asking.session.get(f"{url}/metrics") as response:
        assert "tierline_events_processed_total" in await response.text()
    status, told = await asking.get("/openapi.json", key="")
    assert (status, told) == (200, document())


async def test_a_key_that_asks_too_often_has_to_wait(broker, tmp_path):
    async with serving(broker.bootstrap, tmp_path, workers=1, api_rate=1) as asking:
        answers = [await asking.get("/v1/customers/nobody") for _ in range(4)]
        assert {status for status, _ in answers} == {404, 429}
        late = next(body for status, body in answers if status == 429)
        assert late["error"]["code"] == "too_often"


async def test_events_and_decisions_can_be_watched_as_they_happen(broker, tmp_path):
    async with serving(broker.bootstrap, tmp_path, workers=1) as asking:
        url = f"http://127.0.0.1:{asking.settings[0].web_port}/v1/live"
        headers = {"Authorization": f"Bearer {asking.keys['live']}"}
        async with asking.session.get(url, headers=headers) as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            wanted, number = {"purchase.completed", "points.earned"}, 0
            seen: list[dict] = []
            while number < 20 and not wanted <= {each["type"] for each in seen}:  # It begins amid the first.
                await asking.buys([bought("c1", f"live-{number}", 12_300)])
                number += 1
                seen += await _told(response)
        assert {each["customer"] for each in seen} == {"c1"}
        assert wanted <= {each["type"] for each in seen}


async def _told(response):
    """What came until the next decision about points."""
    seen = []
    async for line in response.content:
        if line.startswith(b"data: "):
            seen.append(json.loads(line[6:]))
            if seen[-1]["type"] == "points.earned":
                return seen
    return seen
