"""The published documents, made from the models and the catalogue: JSON Schema files and AsyncAPI 3.0.0."""

import json
from collections.abc import Iterable
from io import StringIO
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from ruamel.yaml import YAML

from topics.catalogue import Catalogue, Role, Topic
from topics.encode import EFFECT_ROLES, roles_of
from topics.examples import EXAMPLES
from topics.examples_out import example_record
from topics.examples_profile import profile_record
from topics.fields import Inbound
from topics.models import INBOUND
from topics.models_out import OUTBOUND, DeadLetterHeaders, EffectHeaders
from topics.models_profile import Profile, ProfileHeaders

Json = dict[str, Any]

ASYNCAPI = "asyncapi.yaml"
PROFILE = "profile"
_VERSION = "1.0.0"  # Of the contract, not of the program.
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BINDING = "0.5.0"
_KEY = {"type": "string", "description": "Customer id in UTF-8; the partition is its murmur2 hash."}
_NAME = {"type": "string", "description": "What it is, as the subject; the newest record of each key stays."}
_ABOUT = (
    "Purchases and engagements in; points, tiers, churn alerts and profiles out. Inbound events are bare "
    "JSON, structured CloudEvents or binary CloudEvents (attributes in ce_ headers, data as value); outbound "
    "events are binary CloudEvents. Money is integer minor units, points are integers. Drop repeats by "
    "source and id."
)


def documents() -> dict[str, str]:
    """Text of every published document, by its path below the documents' folder."""
    schemas = {f"schemas/{name}.json": _schema_text(model) for name, model in _published().items()}
    return schemas | {ASYNCAPI: _yaml_text(asyncapi(Catalogue()))}


def asyncapi(catalogue: Catalogue) -> Json:
    """The AsyncAPI document of an installation's inputs and outputs."""
    open_topics = [topic for topic in catalogue.topics if topic.direction != "internal"]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tierline", "version": _VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {topic.role.value: _channel(topic) for topic in open_topics},
        "operations": dict(_operation(topic) for topic in open_topics),
        "components": {"messages": _messages(), "schemas": _shared_schemas()},
    }


def _inbound() -> dict[str, tuple[Role, type[Inbound]]]:
    """Inbound messages by name; all engagements are one message."""
    return {_name(model): (role, model) for role, models in INBOUND.items() for model in models}


def _name(model: type[Inbound]) -> str:
    kinds = get_args(model.model_fields["type"].annotation)
    return str(kinds[0]) if len(kinds) == 1 else str(kinds[0]).partition(".")[0]


def _published() -> dict[str, type[BaseModel]]:
    inbound = {name: model for name, (_, model) in _inbound().items()}
    headers: dict[str, type[BaseModel]] = {
        "effect.headers": EffectHeaders,
        "dead-letter.headers": DeadLetterHeaders,
        "profile.headers": ProfileHeaders,
    }
    return {**inbound, **OUTBOUND, PROFILE: Profile, **headers}


def _schema_text(model: type[BaseModel]) -> str:
    schema = {"$schema": _DIALECT, **model.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _yaml_text(document: Json) -> str:
    yaml = YAML()
    yaml.width = 4096  # No folding: it leaves blanks at line ends.
    text = StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def _shared_schemas() -> Json:
    models = [(model, "validation") for model in dict.fromkeys(_published().values())]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return dict(found["$defs"])


def _channel(topic: Topic) -> Json:
    names = _messages_of(topic.role)
    return {
        "address": topic.name,
        "description": topic.what,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": _kafka_channel(topic)},
    }


def _kafka_channel(topic: Topic) -> Json:
    every = ("retention.ms", "retention.bytes", "max.message.bytes")
    numbers = [name for name in every if name in topic.configs]  # A table is kept by key.
    settings: Json = {"cleanup.policy": [topic.configs["cleanup.policy"]]}
    settings |= {name: int(topic.configs[name]) for name in numbers}
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": settings,
        "bindingVersion": _BINDING,
    }


def _operation(topic: Topic) -> tuple[str, Json]:
    action = "receive" if topic.direction == "in" else "send"
    channel = f"#/channels/{topic.role}"
    messages = [{"$ref": f"{channel}/messages/{name}"} for name in _messages_of(topic.role)]
    return f"{action}.{topic.role}", {
        "action": action,
        "channel": {"$ref": channel},
        "summary": topic.what,
        "messages": messages,
    }


def _messages_of(role: Role) -> Iterable[str]:
    if role is Role.DEAD_LETTERS:
        return ["dead-letter"]
    if role is Role.PROFILES:
        return [PROFILE]
    inbound = [name for name, (home, _) in _inbound().items() if home is role]
    return inbound or [name for name in EFFECT_ROLES if role in roles_of(name)]


def _messages() -> Json:
    inbound = {name: _inbound_message(name, model) for name, (_, model) in _inbound().items()}
    outbound = {name: _outbound_message(name, model) for name, model in OUTBOUND.items()}
    return inbound | outbound | {PROFILE: _profile_message(), "dead-letter": _dead_letter_message()}


def _message(name: str, model: type[BaseModel]) -> Json:
    return {
        "name": name,
        "summary": (model.__doc__ or "").strip(),
        "contentType": "application/json",
        "payload": _ref(model),
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": _BINDING}},
    }


def _inbound_message(name: str, model: type[Inbound]) -> Json:
    shown = [event for kind, event in EXAMPLES.items() if kind == name or kind.startswith(f"{name}.")]
    message = _message(name, model) | {"examples": [{"payload": event} for event in shown]}
    if "subject" not in model.model_fields:
        del message["bindings"]  # It is for a partition, so its key means nothing.
    return message


def _outbound_message(name: str, model: type[BaseModel]) -> Json:
    message = _message(name, model) | {"headers": _ref(EffectHeaders), "examples": [example_record(name)]}
    if EFFECT_ROLES[name] is Role.CONTROL:
        message["bindings"] = {"kafka": {"key": _NAME, "bindingVersion": _BINDING}}
    return message


def _profile_message() -> Json:
    return _message(PROFILE, Profile) | {"headers": _ref(ProfileHeaders), "examples": [profile_record()]}


def _dead_letter_message() -> Json:
    key = {"type": "string", "format": "binary", "description": "The original key; it may be null."}
    return {
        "name": "dead-letter",
        "summary": "A record that could not be read or applied; sent in again unchanged, it fails again.",
        "contentType": "application/octet-stream",
        "headers": _ref(DeadLetterHeaders),
        "payload": {"type": "string", "format": "binary", "description": "The original value, or null."},
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
    }


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
