"""Settings come from the command line, then from the environment, and survive the way to a child."""

import pytest

from agents.errors import UserError
from agents.settings import PREFIX, WorkerSettings, worker_settings
from agents.worker import child_environment


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in WorkerSettings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_the_environment_speaks_where_the_command_line_is_silent(monkeypatch):
    monkeypatch.setenv("TIERLINE_KAFKA", "a:1, b:2")
    monkeypatch.setenv("TIERLINE_APP_ID", "shop")
    monkeypatch.setenv("TIERLINE_ACCEPT_GAP", "loyalty.purchases:1,loyalty.purchases:2")
    settings = worker_settings(rules="book.yaml", app_id="other")
    assert settings.servers == ["a:1", "b:2"]
    assert settings.app_id == "other"
    assert settings.accept_gap == ["loyalty.purchases:1", "loyalty.purchases:2"]


def test_a_child_reads_the_same_settings_from_its_environment(monkeypatch):
    settings = worker_settings(
        rules="book.yaml", kafka="k:1", clock="log", accept_gap=["a:0", "b:1"], web_port=9000, instance_id="x"
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert worker_settings() == settings


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
    ],
)
def test_a_wrong_setting_is_named(wrong, says):
    with pytest.raises(UserError) as caught:
        worker_settings(**{"rules": "book.yaml", "kafka": "k:1", **wrong})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
