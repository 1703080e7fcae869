"""Binary CloudEvents on Kafka: attributes in `ce_` headers, the value is the data."""

from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Decoder, encode

from topics.complaints import Refused

_ATTRIBUTES = ("type", "source", "id", "time", "subject", "specversion", "backfill")
_FLAGS = {"true": True, "false": False}
_one_json_value = Decoder(Raw).decode


def is_binary(headers: Sequence[tuple[str, bytes | None]]) -> bool:
    """True if the attributes are in the headers. Raises Refused for a CloudEvents format that is not JSON."""
    found = False
    for name, value in headers:
        if name.startswith("ce_"):
            found = True
        elif name.lower() == "content-type" and value is not None:
            content = value.lower().strip()
            if content.startswith(b"application/cloudevents"):
                if content.partition(b";")[0].strip() != b"application/cloudevents+json":
                    raise Refused("schema", "header content-type: application/cloudevents+json is expected")
                return False
    return found


def as_structured(headers: Sequence[tuple[str, bytes | None]], value: bytes) -> tuple[bytes, bytes]:
    """The same event as structured JSON, and the bytes that its payload hash covers.

    Raises Refused for a header that is not UTF-8, and what the JSON reader raises for the data.
    """
    _one_json_value(value)  # Else text like `1},"id":"x"` could close the envelope.
    sent = {name[3:]: text for name, text in headers if name.startswith("ce_") and text is not None}
    event: dict[str, str | bool] = {}
    for name in _ATTRIBUTES:
        if name in sent:
            event[name] = _text(name, sent[name])
    backfill = event.get("backfill")
    if isinstance(backfill, str):
        event["backfill"] = _FLAGS.get(backfill, backfill)
    hashed = b"\0".join([sent.get(name, b"") for name in ("type", "time", "subject")] + [value])
    comma = b"," if event else b""
    return b'%b%b"data":%b}' % (encode(event)[:-1], comma, value), hashed


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Refused("bad_json", f"header ce_{name}: it is not UTF-8") from None
