"""The OpenAPI document of the HTTP interface, made of the published models."""

from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from agents.api_answers import EVENT_MAX
from agents.api_models import CustomerRisk
from agents.api_reads import EVENTS_MAX
from topics.examples import EXAMPLES
from topics.examples_profile import profile_record
from topics.limits import ID_MAX, NO_CONTROL
from topics.models_profile import Profile

Json = dict[str, Any]

_VERSION: Final = "1.0.0"
_PAGE_MAX: Final = 200
_ID: Final = {"type": "string", "minLength": 1, "maxLength": ID_MAX, "pattern": NO_CONTROL}
_ABOUT: Final = (
    "Customers as of the last commit, by whichever worker is asked. Times are RFC 3339, or UTC milliseconds "
    "in fields that end in `_ms`, money is integer minor units. Keys are made with `tierline api-key`."
)


@cache
def document() -> Json:
    """The document (OpenAPI 3.1)."""
    _, found = models_json_schema(
        [(Profile, "validation"), (CustomerRisk, "validation")], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tierline", "version": _VERSION, "description": _ABOUT},
        "paths": _health() | _paths(),
        "components": {
            "schemas": dict(found["$defs"]) | _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _health() -> Json:
    up = _object(
        {"status": {"type": "string"}}, more={"partitions": {"type": "array", "items": {"type": "integer"}}}
    )
    told = {"200": _json("It is.", up), "503": _json("Not yet.", up)}
    return {
        "/livez": {"get": {"summary": "The process answers.", "responses": {"200": told["200"]}}},
        "/startupz": {"get": {"summary": "It has had its first partitions.", "responses": told}},
        "/readyz": {"get": {"summary": "Its partitions are open and at work.", "responses": told}},
        "/metrics": {
            "get": {
                "summary": "Numbers for Prometheus.",
                "responses": {
                    "200": {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
                },
            }
        },
    }


def _paths() -> Json:
    customer = _in_path("customer", "The customer's id.")
    page = [
        _in_query(
            "limit",
            "How many entries.",
            {"type": "integer", "minimum": 1, "maximum": _PAGE_MAX, "default": 50},
        ),
        _in_query(
            "after", "The `next` of the page before.", {"type": "string", "pattern": "^([0-9a-f]{34})?$"}
        ),
    ]
    entries = _ref("Page")
    events = {
        "required": True,
        "content": {"application/json": {"schema": _ref("Events"), "example": _events()}},
    }
    prefix = _in_query("prefix", "How the id begins.", _ID) | {"required": True}
    first = _in_query(
        "limit", "How many.", {"type": "integer", "minimum": 1, "maximum": _PAGE_MAX, "default": 20}
    )
    found = _object({"customers": {"type": "array", "items": {"type": "string"}}})
    at = "/v1/customers/{customer}"
    return {
        "/v1/customers": {"get": _reads("Customers whose id begins so.", found, [prefix, first])},
        at: {
            "get": _reads(
                "The whole view of a customer.", _ref("Profile"), [customer], profile_record()["payload"]
            )
        },
        f"{at}/risk": {
            "get": _reads(
                "How likely the customer is to be lost, with every factor, and what to do.",
                _ref("CustomerRisk"),
                [customer],
            )
        },
        f"{at}/ledger": {
            "get": _reads("The entries of points, the newest first.", entries, [customer, *page])
        },
        f"{at}/timeline": {
            "get": _reads("Events and decisions, the newest first.", entries, [customer, *page])
        },
        f"{at}/explain/{{event}}": {
            "get": _reads(
                "An event with all it caused, or a decision with its cause, each with its reason.",
                entries,
                [
                    customer,
                    _in_path("event", "Its id, or source|id.") | {"schema": _ID | {"maxLength": EVENT_MAX}},
                ],
            )
        },
        f"{at}/simulate": {
            "post": _reads("What events would cause; nothing is stored.", _ref("Outcome"), [customer])
            | {"requestBody": events}
        },
        "/v1/simulate": {
            "post": _reads("The same; the customer is the events' subject.", _ref("Outcome"), [])
            | {"requestBody": events}
        },
        "/v1/live": {
            "get": {
                "summary": "Events and decisions as they happen, as server-sent events.",
                "security": [{"key": []}],
                "responses": {
                    "200": {
                        "description": "A stream.",
                        "content": {"text/event-stream": {"schema": {"type": "string"}}},
                    }
                }
                | _refusals(),
            }
        },
    }


def _events() -> Json:
    return {"events": [EXAMPLES["purchase.completed"]]}


def _schemas() -> Json:
    text = {"type": "string"}
    reason, kind = _object({"en": text, "zh": text}), {"enum": ["event", "decision", "dead_letter"]}
    entry = _object(
        {"kind": kind, "type": text, "id": text, "time": text, "reason": reason},
        more={
            "recorded_ms": {"type": "integer"}, "data": {"type": "object"}, "source": text,
            "causationid": text, "ruleversion": text,
        },
    )  # fmt: skip
    complete = {"type": "boolean", "description": "False: the index still reads what was there before."}
    return {
        "Entry": entry,
        "Page": _object(
            {"customer": text, "complete": complete, "entries": {"type": "array", "items": _ref("Entry")}},
            more={"next": text, "event": text},
        ),
        "Events": _object(
            {
                "events": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": EVENTS_MAX,
                    "items": _object(
                        {"type": text, "subject": _ID, "time": text, "source": text, "id": text}
                    ),
                    "description": "Bare JSON events as on the input topics, of one customer, in order.",
                }
            }
        ),
        "Outcome": _object(
            {"effects": {"type": "array", "items": {"type": "object"}}},
            more={"profile": {"anyOf": [_ref("Profile"), {"type": "null"}]}},
        ),
        "Refusal": _object({"error": _object({"code": text, "message": text})}),
    }


def _reads(summary: str, schema: Json, parameters: list[Json], example: Json | None = None) -> Json:
    content: Json = {"schema": schema} | ({"example": example} if example else {})
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": parameters,
        "responses": {
            "200": {"description": "Found.", "content": {"application/json": content}},
            **_refusals(),
        },
    }


def _refusals() -> Json:
    words = {
        "400": "The request is wrong; the sentence says what.",
        "401": "No known key.",
        "403": "The key has no such scope.",
        "404": "Nothing is known of it.",
        "408": "The body took too long.",
        "413": "The body is too large.",
        "429": "Too often; see Retry-After.",
        "500": "A defect.",
        "503": "Between two workers; see Retry-After.",
    }
    return {status: _json(word, _ref("Refusal")) for status, word in words.items()}


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _object(required: Json, more: Json | None = None) -> Json:
    return {"type": "object", "properties": required | (more or {}), "required": list(required)}


def _in_path(name: str, what: str) -> Json:
    return {"name": name, "in": "path", "required": True, "description": what, "schema": _ID}


def _in_query(name: str, what: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": what, "schema": schema}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
