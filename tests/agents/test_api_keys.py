"""API keys: kept as hashes, given and withdrawn without a restart, each with its scopes and its pace."""

import json
import stat

import pytest

from agents import api_keys
from agents.api_keys import Keys, add_key, read_keys, remove_key
from agents.cli import main
from agents.errors import UserError


def test_the_file_has_hashes_only_and_nobody_else_may_read_it(tmp_path):
    path = tmp_path / "keys.json"
    secret = add_key(path, "till", ["read"])
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = Keys(path)
    assert keys.of(secret).name == "till"
    assert keys.of(secret + "x") is None
    assert keys.of("") is None


def test_a_key_is_given_and_withdrawn_without_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr(api_keys, "LOOK_S", 0.0)
    path = tmp_path / "keys.json"
    first = add_key(path, "till", ["read"])
    keys = Keys(path)
    second = add_key(path, "page", ["read", "live"])
    assert keys.of(second).scopes == {"read", "live"}
    remove_key(path, "till")
    assert keys.of(first) is None
    path.write_text("half of it")
    assert keys.of(second).name == "page"


def test_a_key_may_ask_twice_its_pace_at_once_and_then_waits(tmp_path):
    add_key(tmp_path / "keys.json", "till", ["read"])
    (key,) = read_keys(tmp_path / "keys.json")
    assert [key.take(2, 100.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert key.take(2, 100.5) == 0.0
    assert key.take(2, 100.5) == 0.5


GOOD = {"name": "till", "scopes": ["read"], "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not a JSON list of API keys"),
        ("{}", "is not a JSON list of API keys"),
        (json.dumps([GOOD, 7]), "API key 2 in "),
        (json.dumps([{**GOOD, "scopes": ["write"]}]), "scopes must be some of read, simulate, live"),
        (json.dumps([{**GOOD, "scopes": []}]), "scopes must be some of"),
        (json.dumps([{**GOOD, "sha256": "secret"}]), "sha256 must be the 64 hexadecimal digits"),
        (json.dumps([{**GOOD, "key": "x"}]), "must have name, scopes and sha256, and nothing else"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_sentence(tmp_path, content, said):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(UserError) as refused:
        read_keys(path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_command_adds_lists_and_removes(tmp_path, capsys):
    file = ["--file", str(tmp_path / "keys.json")]
    assert main(["api-key", "add", "page", *file, "--scope", "read", "--scope", "live"]) == 0
    secret = capsys.readouterr().out.strip()
    assert Keys(tmp_path / "keys.json").of(secret).scopes == {"read", "live"}
    assert main(["api-key", "list", *file]) == 0
    assert capsys.readouterr().out == "page: live, read\n"
    assert main(["api-key", "add", "page", *file]) == 1
    assert main(["api-key", "remove", "nobody", *file]) == 1
    assert main(["api-key", "add", *file]) == 1
    assert capsys.readouterr().err.count("\n") == 3
    assert main(["api-key", "remove", "page", *file]) == 0
    assert main(["api-key", "list", *file]) == 0
