"""docker/ is well formed and safe: docker-compose reads it, nothing is root or without a health check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from agents.settings import WorkerSettings
from agents.settings_sources import PREFIX
from grafana.build import ROOT
from tests.grafana.stack import COMPOSE, DOCKERFILE, WORKERS, image_environment
from tests.grafana.tools import compose_config

SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("tierline")]
PROVISIONED = {
    "datasources/prometheus.yaml": "datasources",
    "dashboards/tierline.yaml": "providers",
    "alerting/tierline.yaml": "groups",
}


def test_docker_compose_reads_the_file_and_knows_every_service():
    read = YAML(typ="safe").load(compose_config(ROOT / "docker/compose.yaml"))
    assert set(read["services"]) == set(SERVICES)
    assert read["services"]["load"]["depends_on"] == {
        name: {"condition": "service_healthy"} for name in WORKERS
    }


@pytest.mark.parametrize("name", SERVICES)
def test_who_depends_on_another_waits_until_it_is_well_and_that_one_says_when(name):
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        if condition["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other] or (other in OURS and "HEALTHCHECK" in DOCKERFILE)
        else:
            assert condition["condition"] == "service_completed_successfully"
            assert "restart" not in SERVICES[other]


@pytest.mark.parametrize("name", OURS)
def test_what_is_ours_may_write_nothing_but_its_state_and_has_no_rights(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    writable = [each for each in service.get("volumes", ()) if not each.endswith(":ro")]
    assert writable == ([f"{name}:/var/lib/tierline"] if name in WORKERS else [])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only_and_images_have_a_version(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))
    assert re.search(r":v?\d+\.\d+", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_file_that_is_mounted_exists(name):
    for each in SERVICES[name].get("volumes", ()):
        source = each.split(":")[0]
        assert (ROOT / "docker" / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_file_that_a_command_names_is_mounted(name):
    named = [word for word in SERVICES[name].get("command", ()) if word.startswith("/etc/")]
    assert set(named) <= {each.split(":")[1] for each in SERVICES[name].get("volumes", ())}


@pytest.mark.parametrize("name", OURS)
def test_kafka_is_where_it_listens_and_says_it_is(name):
    place = SERVICES[name]["environment"]["TIERLINE_KAFKA"]
    host, port = place.split(":")
    broker = SERVICES[host]["environment"]
    assert f"PLAINTEXT://:{port}" in broker["KAFKA_LISTENERS"].split(",")
    assert broker["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{place}"


def test_prometheus_asks_every_worker_at_the_port_of_the_image_and_grafana_asks_prometheus():
    port = image_environment()["TIERLINE_WEB_PORT"]
    read = YAML(typ="safe").load(ROOT / "docker/prometheus/prometheus.yml")
    (job,) = read["scrape_configs"]
    (static,) = job["static_configs"]
    assert static["targets"] == [f"{name}:{port}" for name in WORKERS]
    assert SERVICES["grafana"]["environment"]["PROMETHEUS_URL"] == "http://prometheus:9090"


@pytest.mark.parametrize("name", OURS)
def test_every_setting_that_is_given_exists(name):
    given = {**image_environment(), **SERVICES[name]["environment"]}
    known = {PREFIX + field.upper() for field in WorkerSettings.model_fields}
    assert set(given) - known == set()


def test_the_image_runs_as_nobody_from_a_small_base_and_says_whether_it_is_well():
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(stage.endswith("-slim-bookworm") for stage in stages)
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    assert "apt-get" not in last


def hadolint(path):
    """What hadolint says, and whether it found nothing."""
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-color", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr, done.returncode == 0


def test_hadolint_finds_nothing_and_would(tmp_path):
    assert hadolint(ROOT / "docker/Dockerfile") == ("", True)
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nRUN apt-get install gcc\n")
    said, good = hadolint(tmp_path / "Dockerfile")
    assert "DL3007" in said
    assert not good


def test_everything_that_the_image_copies_exists_and_is_not_ignored():
    (allowed,) = [(ROOT / ".dockerignore").read_text()]
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"\n!{name}\n" in allowed


def test_what_the_image_installs_is_locked_as_here():
    theirs = re.findall(r"^([\w.-]+==\S+)", (ROOT / "docker/requirements.lock").read_text(), re.MULTILINE)
    ours = re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert theirs
    assert set(theirs) - set(ours) == set()
    assert not {name for name in theirs if name.startswith(("pytest", "ruff", "mypy==", "hypothesis"))}


@pytest.mark.parametrize(("name", "key"), PROVISIONED.items())
def test_what_grafana_reads_when_it_starts_is_well_formed(name, key):
    read = YAML(typ="safe").load(ROOT / "grafana/provisioning" / name)
    assert read["apiVersion"] == 1
    assert read[key]


def test_grafana_asks_the_data_source_and_finds_the_dashboards_that_are_provisioned():
    folder = ROOT / "grafana/provisioning"
    (source,) = YAML(typ="safe").load(folder / "datasources/prometheus.yaml")["datasources"]
    (group,) = YAML(typ="safe").load(folder / "alerting/tierline.yaml")["groups"]
    asked = {query["datasourceUid"] for rule in group["rules"] for query in rule["data"]}
    assert asked == {source["uid"], "__expr__"}
    assert len({rule["uid"] for rule in group["rules"]}) == len(group["rules"])
    assert all(len(rule["uid"]) <= 40 for rule in group["rules"])
    (provider,) = YAML(typ="safe").load(folder / "dashboards/tierline.yaml")["providers"]
    mounts = dict(each.split(":")[:2] for each in SERVICES["grafana"]["volumes"])
    assert mounts["../grafana/dashboards"] == provider["options"]["path"]
