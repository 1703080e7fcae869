"""The published documents are current, hang together, and their examples are true."""

import json
from io import StringIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from agents.cli import main
from agents.schemas_command import stale
from topics.catalogue import Catalogue
from topics.describe import asyncapi, documents
from topics.examples import EXAMPLES, SMALLEST

DOCS = Path(__file__).parents[2] / "docs"
MADE = documents()
DOCUMENT = asyncapi(Catalogue())
MESSAGES = DOCUMENT["components"]["messages"]


def test_the_documents_in_docs_are_current():
    assert stale(DOCS, MADE) == [], "run `tierline schemas export`"


def test_every_document_is_made_the_same_twice():
    assert documents() == MADE


def references(node) -> list[str]:
    if isinstance(node, list):
        return [ref for child in node for ref in references(child)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for child in node.values() for ref in references(child)]
    return []


def resolve(reference: str):
    node = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        node = node[name]
    return node


def test_every_reference_in_the_asyncapi_document_leads_somewhere():
    found = references(DOCUMENT)
    assert len(found) > 50
    assert all(isinstance(resolve(reference), dict) for reference in found)


def test_the_asyncapi_document_is_read_back_from_its_yaml():
    assert YAML(typ="safe").load(StringIO(MADE["asyncapi.yaml"])) == DOCUMENT


def test_every_open_topic_is_a_channel_with_an_operation_and_internal_ones_are_not():
    names = {channel["address"] for channel in DOCUMENT["channels"].values()}
    assert names == {t.name for t in Catalogue().topics if t.direction != "internal"}
    assert {operation["channel"]["$ref"] for operation in DOCUMENT["operations"].values()} == {
        f"#/channels/{name}" for name in DOCUMENT["channels"]
    }


def schema_of(reference: dict) -> Draft202012Validator:
    """A validator of a part of the document, with the document's own references."""
    return Draft202012Validator({"components": DOCUMENT["components"], **reference})


@pytest.mark.parametrize("name", sorted(set(MESSAGES) - {"dead-letter"}))
def test_the_examples_fit_their_published_schemas(name):
    message = MESSAGES[name]
    assert message["examples"]
    for example in message["examples"]:
        schema_of(message["payload"]).validate(example["payload"])
        Draft202012Validator(json.loads(MADE[f"schemas/{name}.json"])).validate(example["payload"])
        if "headers" in message:
            schema_of(message["headers"]).validate(example["headers"])


@pytest.mark.parametrize("path", sorted(name for name in MADE if name.endswith(".json")))
def test_every_schema_file_is_a_json_schema(path):
    Draft202012Validator.check_schema(json.loads(MADE[path]))


def test_a_wrong_event_does_not_fit_the_published_schema():
    schema = Draft202012Validator(json.loads(MADE["schemas/purchase.completed.json"]))
    assert schema.is_valid(SMALLEST)
    for name, wrong in (("time", "yesterday"), ("id", ""), ("id", "a\nb"), ("subject", None), ("data", {})):
        assert not schema.is_valid({**SMALLEST, name: wrong}), name
    assert not schema.is_valid({**SMALLEST, "data": {**SMALLEST["data"], "amount": -1}})


def test_every_field_of_every_type_says_what_it_is():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, about in schema["properties"].items():
            known = (
                "const" in about or "enum" in about or "$ref" in about or "$ref" in str(about.get("allOf"))
            )
            assert about.get("description") or known or field.startswith(("ce_", "__connect")), (
                f"{name}.{field}"
            )


def test_export_writes_what_check_then_finds_current(tmp_path, capsys):
    assert main(["schemas", "check", str(tmp_path)]) == 1
    assert main(["schemas", "export", str(tmp_path)]) == 0
    assert main(["schemas", "check", str(tmp_path)]) == 0
    changed = tmp_path / "schemas" / "time.reached.json"
    changed.write_text(changed.read_text() + " ")
    (tmp_path / "schemas" / "old.json").write_text("{}")
    capsys.readouterr()
    assert main(["schemas", "check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "time.reached.json is not current" in said
    assert "old.json is no longer made" in said
    assert main(["schemas", "export", str(tmp_path)]) == 0
    assert (tmp_path / "schemas" / "old.json").exists()


def test_a_folder_that_cannot_be_written_is_one_plain_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["schemas", "export", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_all_examples_are_shown():
    shown = [e["payload"] for message in MESSAGES.values() for e in message.get("examples", ())]
    assert all(event in shown for event in EXAMPLES.values())
