"""The log has one line per change of state, whatever the client has to say, and names no customer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.exits import Exit
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role

SHOP = Path(__file__).parents[2] / "rules" / "programs" / "record_shop.yaml"
SAY = """
import logging
from agents.logs import set_up_logging
set_up_logging({format!r}, app_id="shop")
def find(customer):
    raise {error}
try:
    find("anna@example.com")
except Exception:
    logging.getLogger({name!r}).exception("it failed: %s", "here", extra={{"change": "ended"}})
"""
CLOSED = 'ConnectionResetError("closed")'
NAMING = 'KeyError(customer) from ValueError("of " + customer)'


def said(name: str, error: str = CLOSED, log_format: str = "text") -> list[str]:
    """The lines on stderr after a logger of this name logged an error."""
    code = SAY.format(name=name, error=error, format=log_format)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stderr.splitlines()


def test_an_error_of_kafkas_client_is_one_line() -> None:
    (line,) = said("aiokafka.producer.sender")
    assert line.endswith("ERROR it failed: here (ConnectionResetError('closed'))")


def test_a_defect_shows_where_it_comes_from() -> None:
    first, second, *others = said("tierline.session")
    assert first.endswith("ERROR it failed: here")
    assert second.startswith("Traceback")
    assert others[-1] == "ConnectionResetError: closed"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_defect_that_quotes_a_customer_is_told_without_the_quote(log_format: str) -> None:
    lines = "\n".join(said("tierline.session", NAMING, log_format))
    assert "anna" not in lines
    assert "KeyError: (the message is withheld, for it may name a customer)" in lines
    assert "ValueError: (the message is withheld" in lines
    assert "in find" in lines


def test_a_json_line_has_its_time_level_logger_sentence_and_what_is_always_told() -> None:
    (line,) = said("tierline.session", log_format="json")
    told = json.loads(line)
    assert told.pop("ts").endswith("Z")
    assert "closed" in told.pop("exception")
    assert told == {
        "level": "error", "logger": "tierline.session", "event": "it failed: here",
        "change": "ended", "app_id": "shop",
    }  # fmt: skip


async def test_a_worker_logs_changes_of_state_in_json_and_nothing_of_events(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", log_format="json", instance_id="shop-a")
    names = [f"anna-{number}@example.com" for number in range(300)]
    topic = settings.catalogue.name(Role.PURCHASES)
    await send(broker.bootstrap, topic, [*purchases(names, "a"), (b"bea@example.com", b"no JSON")])
    with worker(settings, tmp_path / "log") as process:
        points, letters = settings.catalogue.name(Role.POINTS), settings.catalogue.name(Role.DEAD_LETTERS)
        await until(lambda: read_committed(broker.bootstrap, points), lambda found: len(found) == 300)
        await until(lambda: read_committed(broker.bootstrap, letters), lambda found: len(found) == 1)
        assert process.stop() == Exit.STOPPED
    text = (tmp_path / "log").read_text()
    ours = [told for told in map(json.loads, text.splitlines()) if told["logger"].startswith("tierline")]
    assert [told["change"] for told in ours] == ["started", "assigned", "stopped"]
    assert all(told["app_id"] == settings.app_id and told["instance"] == "shop-a" for told in ours)
    assert {told["rule_set"] for told in ours} == {"plain@1"}
    assert (ours[1]["partitions"], ours[1]["opened"]) == ([0], [0])
    assert "@example.com" not in text


async def test_a_worker_says_at_its_start_that_it_goes_without_a_model_and_without_consent(broker, tmp_path):
    programme = (tmp_path / "book.yaml").resolve()
    settings = installation(broker.bootstrap, tmp_path / "state", log_format="json")
    settings = settings.model_copy(update={"rules": programme})
    lines = []
    for more in ("", "consents: {assumed: [program]}\n"):
        programme.write_text(SHOP.read_text() + more)
        log = tmp_path / f"log-{len(lines)}"

        async def read(log=log):
            return log.read_text().splitlines()

        with worker(settings, log) as process:
            await until(read, lambda told: any('"assigned"' in line for line in told))
            assert process.stop() == Exit.STOPPED
        lines.append(json.loads((await read())[0]))
    rhythm, unwatched = lines
    start = (
        f"Worker of {settings.app_id} starts with record-shop@1. No model is given: alerts go by the interval"
    )
    assert rhythm["event"].startswith(start)
    assert "profiling" not in rhythm["event"]
    assert unwatched["event"].startswith(start)
    assert "Only who has agreed to profiling is watched and scored" in unwatched["event"]
    assert unwatched["event"].endswith("unless `consents: assumed` names profiling.")
    assert [line["level"] for line in lines] == ["info", "warning"]


async def test_why_a_worker_ends_is_one_json_line(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", log_format="json")
    settings = settings.model_copy(update={"partitions": 3})
    with worker(settings, tmp_path / "log") as process:
        assert process.ended() == Exit.REFUSED
    *_, last = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert (last["change"], last["exit"], last["code"]) == ("ended", "REFUSED", 78)
    assert last["event"].startswith("Wrong partition counts")
