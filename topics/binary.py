"""Binary CloudEvents on Kafka: attributes in `ce_` headers, the value is the data."""

from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Decoder, encode

from topics.complaints import Refused

_NAMES = ("type", "source", "id", "time", "subject", "specversion", "backfill")
_ATTRIBUTES = {f"ce_{name}": name for name in _NAMES}
_HASHED = ("ce_type", "ce_time", "ce_subject")
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
    sent = dict(headers)
    event: dict[str, str | bool] = {}
    for header, name in _ATTRIBUTES.items():
        if (text := sent.get(header)) is not None:
            event[name] = _text(header, text)
    backfill = event.get("backfill")
    if isinstance(backfill, str):
        event["backfill"] = _FLAGS.get(backfill, backfill)
    hashed = b"%b\0%b\0%b\0%b" % (*(sent.get(header) or b"" for header in _HASHED), value)
    comma = b"," if event else b""
    return b'%b%b"data":%b}' % (encode(event)[:-1], comma, value), hashed


def _text(header: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Refused("bad_json", f"header {header}: it is not UTF-8") from None
