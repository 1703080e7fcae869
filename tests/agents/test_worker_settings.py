"""Settings come from the command line, the environment, `.env`, a file and the defaults, in that order."""

import json
from pathlib import Path

import pytest

from agents.cli import main
from agents.errors import UserError
from agents.settings import PREFIX, WorkerSettings, installation_settings, worker_settings
from agents.settings_page import page
from agents.worker import child_environment

SECRET = "s3cret-and-never-shown"
SASL = {
    "kafka": "kafka.example.com:9093", "security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username": "tierline", "sasl_password": SECRET,
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """A folder with no files, and an environment with no settings."""
    for name in (*WorkerSettings.model_fields, "config"):
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_environment_speaks_where_the_command_line_is_silent(monkeypatch):
    monkeypatch.setenv("TIERLINE_KAFKA", "a:1, b:2")
    monkeypatch.setenv("TIERLINE_APP_ID", "shop")
    monkeypatch.setenv("TIERLINE_ACCEPT_GAP", "loyalty.purchases:1,loyalty.purchases:2")
    settings = worker_settings(rules="book.yaml", app_id="other")
    assert settings.servers == ["a:1", "b:2"]
    assert settings.app_id == "other"
    assert settings.accept_gap == ["loyalty.purchases:1", "loyalty.purchases:2"]


def test_the_first_source_that_has_a_setting_wins(folder, monkeypatch):
    names = ("standbys", "gather_ms", "tick_ms", "run_records", "merge_wait_ms")
    (folder / "tierline.toml").write_text('kafka = "k:1"\n' + "".join(f"{name} = 4\n" for name in names[:4]))
    (folder / ".env").write_text("".join(f"{PREFIX}{name.upper()}=3\n" for name in names[:3]) + "OTHER=x\n")
    for name in names[:2]:
        monkeypatch.setenv(PREFIX + name.upper(), "2")
    settings = worker_settings(rules="book.yaml", standbys=1)
    assert [getattr(settings, name) for name in names] == [1, 2, 3, 4, 20]


def test_an_empty_value_counts_as_none(folder, monkeypatch):
    monkeypatch.setenv("TIERLINE_KAFKA", "")
    monkeypatch.setenv("TIERLINE_PARTITIONS", "")
    (folder / ".env").write_text("TIERLINE_KAFKA=k:1\nTIERLINE_PARTITIONS=7\n")
    assert installation_settings().kafka == "k:1"
    assert installation_settings().partitions == 7


def test_the_file_may_be_named(folder, monkeypatch):
    (folder / "other.toml").write_text('kafka = "k:1"\nprefix = "x"\nrules = "book.yaml"')
    (folder / "tierline.toml").write_text('kafka = "k:2"')
    monkeypatch.setenv("TIERLINE_CONFIG", "other.toml")
    assert (worker_settings().kafka, worker_settings().prefix) == ("k:1", "x")
    monkeypatch.setenv("TIERLINE_CONFIG", "none.toml")
    with pytest.raises(UserError, match=r"none\.toml cannot be read \(No such file or directory\)"):
        worker_settings()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "tierline.toml",
            "partitons = 3",
            "tierline.toml: there is no setting partitons; did you mean partitions?",
        ),
        ("tierline.toml", "[kafka]\nservers = 1", "Input should be a valid string"),
        ("tierline.toml", "kafka =", "tierline.toml is no TOML: Invalid value (at end of document)."),
        (
            ".env",
            "TIERLINE_WEBPORT=1",
            ".env: there is no setting TIERLINE_WEBPORT; did you mean TIERLINE_WEB_PORT?",
        ),
        (
            ".env",
            "TIERLINE_WEB_PORT=x",
            "--web-port (or TIERLINE_WEB_PORT), from .env: Input should be a valid integer",
        ),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_that_names_it(folder, name, text, sentence):
    (folder / name).write_text(text)
    with pytest.raises(UserError) as caught:
        worker_settings(rules="book.yaml", **({} if "[kafka]" in text else {"kafka": "k:1"}))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_child_reads_the_same_settings_from_its_environment_whatever_the_files_say(folder, monkeypatch):
    settings = worker_settings(
        rules="book.yaml", clock="log", accept_gap=["a:0", "b:1"], web_port=9000, instance_id="x", **SASL
    )
    (folder / "tierline.toml").write_text('partitions = 9\nkafka = "k:2"\nsasl_mechanism = "PLAIN"')
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert worker_settings() == settings
    assert worker_settings().sasl_password.get_secret_value() == SECRET


def test_a_child_of_a_parent_with_another_file_reads_that_file_too(folder, monkeypatch):
    (folder / "tierline.toml").write_text('tls_ca = "not-meant.pem"\ninstance_id = "not-meant"')
    (folder / "other.toml").write_text('kafka = "k:1"\nrules = "book.yaml"')
    monkeypatch.setenv("TIERLINE_CONFIG", "other.toml")
    settings = worker_settings()
    given = child_environment(settings, 1, 1)
    monkeypatch.delenv("TIERLINE_CONFIG")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert worker_settings() == settings
    assert (settings.tls_ca, settings.instance_id) == (None, "")


def test_the_option_names_the_file(folder, monkeypatch, capsys):
    (folder / "other.toml").write_text("partitions = 9")
    monkeypatch.setenv("TIERLINE_CONFIG", "")  # Put back when the test is over.
    assert main(["config", "show", "--json", "--config", "other.toml"]) == 0
    assert json.loads(capsys.readouterr().out)["partitions"] == {"value": 9, "from": "other.toml"}


def test_each_of_several_workers_has_its_own_state_identity_and_port():
    settings = worker_settings(
        rules="book.yaml", kafka="k:1", state_dir="/s", instance_id="shop", web_port=9000
    )
    second = child_environment(settings, 2, 3)
    names = ("TIERLINE_STATE_DIR", "TIERLINE_INSTANCE_ID", "TIERLINE_WEB_PORT")
    assert [second[name] for name in names] == ["/s/worker-2", "shop-2", "9001"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"partitions": 0}, "--partitions (or TIERLINE_PARTITIONS)"),
        ({"clock": "sun"}, "--clock (or TIERLINE_CLOCK)"),
        ({"app_id": "a b"}, "--app-id (or TIERLINE_APP_ID)"),
        ({"kafka": "nowhere"}, "'nowhere' is no host:port"),
        ({"sasl_mechanism": "GSSAPI"}, "TIERLINE_SASL_MECHANISM"),
    ],
)
def test_a_wrong_setting_is_named(wrong, says):
    with pytest.raises(UserError) as caught:
        worker_settings(**{"rules": "book.yaml", "kafka": "k:1", **wrong})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"kafka": "kafka:9092"}, "Kafka at kafka:9092 would be spoken to without TLS"),
        ({"kafka": "127.0.0.1:1,10.0.0.7:2"}, "Kafka at 10.0.0.7:2 would be spoken to without TLS"),
        ({**SASL, "security_protocol": "SASL_PLAINTEXT"}, "would be spoken to without TLS"),
        ({**SASL, "sasl_username": ""}, "needs sasl_username too: set TIERLINE_SASL_USERNAME."),
        (
            {**SASL, "security_protocol": "SSL"},
            "sasl_mechanism is set, but security_protocol SSL has no login",
        ),
        (
            {"kafka": "localhost:1", "tls_ca": "ca.pem"},
            "tls_ca is set, but security_protocol PLAINTEXT has no TLS",
        ),
        ({**SASL, "tls_ca": "ca.pem"}, "tls_ca ca.pem cannot be used (No such file or directory)"),
        ({**SASL, "tls_key": "key.pem"}, "tls_key is set without tls_cert"),
        ({**SASL, "tls_cert": "cert.pem"}, "tls_cert cert.pem cannot be used"),
    ],
)
def test_a_connection_that_is_unsafe_or_half_told_is_refused_in_one_sentence(named, sentence):
    settings = installation_settings(**named)
    with pytest.raises(UserError) as caught:
        _ = settings.connection
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kafka", ["localhost:1", "127.0.0.1:1,127.8.8.8:2", "[::1]:9092"])
def test_plaintext_on_this_machine_is_nobodys_business(kafka):
    assert installation_settings(kafka=kafka).connection.options == {"bootstrap_servers": kafka.split(",")}


def test_plaintext_elsewhere_can_be_allowed(monkeypatch):
    monkeypatch.setenv("TIERLINE_ALLOW_PLAINTEXT", "true")
    assert installation_settings(kafka="kafka:9092").connection.plain


def test_a_login_reaches_every_client_and_no_text():
    settings = worker_settings(rules="book.yaml", **SASL)
    connection = settings.connection
    assert connection.options["sasl_plain_password"] == SECRET
    assert (connection.options["security_protocol"], connection.options["sasl_mechanism"]) == (
        "SASL_SSL", "SCRAM-SHA-512",
    )  # fmt: skip
    assert connection.tls.check_hostname
    assert SECRET not in f"{settings!r} {settings} {connection!r} {connection}"


def test_config_show_tells_each_value_and_its_source_and_masks_secrets(folder, monkeypatch, capsys):
    (folder / "tierline.toml").write_text(
        'kafka = "kafka.example.com:9093"\nsecurity_protocol = "SASL_SSL"\n'
    )
    (folder / ".env").write_text(f"TIERLINE_SASL_PASSWORD={SECRET}\nTIERLINE_SASL_USERNAME=shop\n")
    monkeypatch.setenv("TIERLINE_SASL_MECHANISM", "scram-sha-256")
    monkeypatch.setenv("TIERLINE_PARTITONS", "8")
    assert main(["config", "show"]) == 0
    assert main(["config", "show", "--json"]) == 0
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    told = json.loads(printed.out.splitlines()[-1])
    assert told["sasl_password"] == {"value": "********", "from": ".env"}
    assert told["tls_key_password"] == {"value": "", "from": "default"}
    assert told["kafka"] == {"value": "kafka.example.com:9093", "from": "tierline.toml"}
    assert told["sasl_mechanism"] == {"value": "scram-sha-256", "from": "the environment"}
    assert told["partitions"] == {"value": "4", "from": "default"}
    assert "TIERLINE_PARTITONS is in the environment, and there is no such setting" in printed.err


def test_config_show_says_what_cannot_be_used(monkeypatch, capsys):
    monkeypatch.setenv("TIERLINE_KAFKA", "kafka:9092")
    assert main(["config", "show"]) == 2
    assert "These settings cannot be used: Kafka at kafka:9092" in capsys.readouterr().err


def test_the_reference_lists_every_setting(capsys):
    assert main(["config", "reference"]) == 0
    assert capsys.readouterr().out == page()
    assert all(f"\n| `{name}` |" in page() for name in WorkerSettings.model_fields)


BOOK = Path(__file__).parents[2] / "rules/programs/plain.yaml"
SOURCES = ("flags", "environment", ".env", "tierline.toml", "a named file")


def named(source, folder, monkeypatch, prefix, partitions):
    """Names the topics in one of the sources; what the command line has to say."""
    if source == "flags":
        return ["--prefix", prefix, "--partitions", str(partitions)]
    if source == "environment":
        monkeypatch.setenv("TIERLINE_PREFIX", prefix)
        monkeypatch.setenv("TIERLINE_PARTITIONS", str(partitions))
    elif source == ".env":
        (folder / ".env").write_text(f"TIERLINE_PREFIX={prefix}\nTIERLINE_PARTITIONS={partitions}\n")
    else:
        file = folder / ("tierline.toml" if source == "tierline.toml" else "other.toml")
        file.write_text(f'prefix = "{prefix}"\npartitions = {partitions}\n')
        return [] if source == "tierline.toml" else ["--config", str(file)]
    return []


@pytest.mark.parametrize("source", SOURCES)
def test_a_replay_needs_no_kafka_and_its_topics_are_those_of_the_settings(folder, monkeypatch, source):
    monkeypatch.setenv("TIERLINE_CONFIG", "")  # So that it is put back.
    words = named(source, folder, monkeypatch, "shop", 6)
    record = {"topic": "shop.purchases", "offset": 0, "timestamp": 5, "key": "c", "value": "?", "headers": []}
    (folder / "lines.jsonl").write_text(
        "".join(json.dumps({"record": record | {"partition": number}}) + "\n" for number in (4, 5))
    )
    asked = ["replay", "lines.jsonl", "--rules", str(BOOK), "--out", "out.jsonl", *words]
    assert main(asked) == 0
    told = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [(each["topic"], each["reason"]) for each in told] == [("shop.purchases", "bad_json")] * 2


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("command", ["replay", "model fit", "model check"])
def test_commands_without_kafka_refuse_a_wrong_setting_and_say_where_it_stands(
    folder, monkeypatch, capsys, command, source
):
    monkeypatch.setenv("TIERLINE_CONFIG", "")
    words = named(source, folder, monkeypatch, "shop", 0)
    out = [] if command == "model check" else ["--out", "out"]
    (folder / "lines.jsonl").write_text("")
    assert main([*command.split(), "lines.jsonl", "--rules", str(BOOK), *out, *words]) == 2
    said = capsys.readouterr().err
    origin = {"flags": "the command line", "environment": "the environment", "a named file": "other.toml"}
    assert "--partitions (or TIERLINE_PARTITIONS), from" in said
    assert origin.get(source, source) in said
    assert said.count("\n") == 1
    assert not (folder / "out").exists()
