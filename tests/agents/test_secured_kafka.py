"""Every client of ours gets to a Kafka that asks for TLS, a login or a certificate, or is told why not."""

import asyncio
import subprocess
import sys

import pytest

from agents.exits import Exit
from agents.settings import WorkerSettings
from tests.agents.cluster_kit import PROGRAMME, read_committed, send
from tests.agents.secured_kafka import KEY_PASSWORD, PASSWORD, USER, secured_kafka
from tests.agents.test_commands import say
from tests.agents.worker_kit import environment, purchases, until, worker
from topics.catalogue import Role

LOGIN = {"sasl_username": USER, "sasl_password": PASSWORD}
WAYS = {
    "TLS": {"security_protocol": "SSL"},
    "LOGIN": {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", **LOGIN},
    "OPENLOGIN": {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-256", **LOGIN},
    "MUTUAL": {"security_protocol": "SSL", "tls_key_password": KEY_PASSWORD},
}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with (
        pytest.MonkeyPatch.context() as patch,
        secured_kafka(tmp_path_factory.mktemp("kafka"), patch) as secured,
    ):
        yield secured


def settings_for(secured, tmp_path, listener, **named):
    """Settings of a worker for topics that nobody else uses, by a listener."""
    files = {} if listener == "OPENLOGIN" else {"tls_ca": secured.folder / "ca.pem"}
    if listener == "MUTUAL":
        files |= {"tls_cert": secured.folder / "client.pem", "tls_key": secured.folder / "client.key"}
    name = f"{listener.lower()}-{tmp_path.name}"
    told = {"kafka": secured.at(listener), **files, **WAYS[listener], **named}
    return WorkerSettings(
        rules=PROGRAMME, app_id=name, prefix=name, partitions=2, state_dir=tmp_path / "state", **told
    )


@pytest.mark.parametrize("listener", WAYS)
async def test_topics_are_made_events_counted_and_read_back_by_each_way_in(kafka, tmp_path, listener):
    settings = settings_for(kafka, tmp_path, listener)
    applied = await say(settings, "topics", "apply")
    assert applied.code == 0, applied.err
    name = settings.catalogue.name
    await send(kafka.broker.bootstrap, name(Role.PURCHASES), purchases(["c1", "c2"], "a"))
    with worker(settings, tmp_path / "log") as process:
        await until(
            lambda: read_committed(kafka.broker.bootstrap, name(Role.POINTS)), lambda found: len(found) == 2
        )
        adjusted = await say(settings, "points", "adjust", "c1", "5", "--code", "test", "--wait", "60")
        assert process.stop() == Exit.STOPPED
    assert adjusted.code == 0, adjusted.err
    verified = await say(settings, "verify")
    assert "verified 3 events" in verified.out, verified.err
    listed = await say(settings, "dlq", "list")
    assert listed.out == "no dead letters.\n"
    with worker(settings, tmp_path / "log") as process:  # Restored by the same way in.
        await send(kafka.broker.bootstrap, name(Role.PURCHASES), [(b"c1", b"{")])
        await until(
            lambda: read_committed(kafka.broker.bootstrap, name(Role.DEAD_LETTERS)),
            lambda found: len(found) == 1,
        )
        assert process.stop() == Exit.STOPPED
    redriven = await say(settings, "dlq", "redrive", "--all")
    assert "1 record sent again" in redriven.out, redriven.err
    said = (tmp_path / "log").read_text() + adjusted.out + verified.out + redriven.out
    assert PASSWORD not in said
    assert KEY_PASSWORD not in said


async def test_plain_logins_are_let_in_too(kafka, tmp_path):
    settings = settings_for(kafka, tmp_path, "LOGIN", sasl_mechanism="PLAIN")
    assert (await say(settings, "topics", "apply")).code == 0


@pytest.mark.parametrize(
    ("listener", "named", "sentence"),
    [
        (
            "LOGIN",
            {"sasl_password": "wrong"},
            "does not let tierline in (SaslAuthenticationFailed): check sasl_username",
        ),
        ("LOGIN", {"sasl_username": "nobody"}, "does not let nobody in (SaslAuthenticationFailed)"),
        ("OPENLOGIN", {"sasl_mechanism": "PLAIN", "sasl_password": "wrong"}, "(SaslAuthenticationFailed)"),
        (
            "TLS",
            {"tls_ca": "other-ca.pem"},
            "is not trusted (unable to get local issuer certificate): name the authority",
        ),
        (
            "TLS",
            {"kafka": "localhost"},
            "is not trusted (Hostname mismatch, certificate is not valid for 'localhost'.)",
        ),
        ("TLS", {"security_protocol": "PLAINTEXT", "tls_ca": None}, "no Kafka answers at"),
        ("LOGIN", {"kafka": "plain"}, "with SASL_SSL"),
        ("MUTUAL", {"tls_cert": None, "tls_key": None}, "no Kafka answers at"),
        ("MUTUAL", {"tls_key_password": "wrong"}, "and tls_key_password if the key is encrypted"),
    ],
)
async def test_who_is_refused_is_told_why_in_one_sentence(kafka, tmp_path, listener, named, sentence):
    if named.get("tls_ca"):
        named = {"tls_ca": kafka.folder / named["tls_ca"]}
    if named.get("kafka") == "localhost":
        named = {"kafka": f"localhost:{kafka.ports[listener]}"}
    if named.get("kafka") == "plain":
        named = {"kafka": kafka.broker.bootstrap}
    settings = settings_for(kafka, tmp_path, listener, **named)
    said = await say(settings, "topics", "plan")
    assert said.code in (1, 2)
    assert said.out == ""
    assert sentence in said.err
    assert said.err.splitlines()[-1].startswith("tierline: ")
    assert "Traceback" not in said.err
    assert "wrong" not in said.err.replace("Wrong", "")


async def test_a_worker_with_a_wrong_password_ends_with_the_reason_and_is_not_started_again(kafka, tmp_path):
    settings = settings_for(kafka, tmp_path, "LOGIN", sasl_password="wrong")
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "agents.cli", "worker"],
        env=environment(settings), capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == Exit.REFUSED, done.stderr
    assert "does not let tierline in (SaslAuthenticationFailed)" in done.stderr
    assert "starting it again" not in done.stderr
