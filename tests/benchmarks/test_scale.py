"""What `make bench-scale` says of a worker and of many orders is what they really did."""

from uuid import uuid4

from benchmarks import scale, scale_timers
from benchmarks.scale_history import CUSTOMERS, RUNS, History
from benchmarks.scale_worker import Installation, running
from rules.load import load_rulebook

CURRENCY = load_rulebook(scale.RULES).currency


def test_a_wiped_worker_restores_all_customers_and_its_cost_is_of_all_events(broker, tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "EVENTS", 700)
    installation = Installation(broker.bootstrap, f"t{uuid4().hex[:8]}", 4, scale.RULES, CURRENCY)
    scale.fill(installation, tmp_path / "first", 300)
    with running(installation, tmp_path / "wiped") as worker:
        assert worker.partitions() == {0, 1, 2, 3}
        records, seconds = scale.together(worker.restores())
        assert records >= 2 * 300  # A customer and an order of each, and the bookkeeping.
        assert seconds > 0
        assert worker.numbers()["tierline_restored_records_total"] == records
        assert scale.cost_us(installation, worker, 300) > 0
        assert worker.numbers()[scale.applied(installation)] == 700
        assert 0 < worker.memory_mb()[0] <= worker.memory_mb()[1]


def test_every_customer_of_a_history_has_the_orders_and_each_measured_event_adds_one(tmp_path):
    history = History(tmp_path, load_rulebook(scale.RULES), 30)
    assert len(history.store.scan(b"o")) == 30 * CUSTOMERS
    assert history.cost_us(in_memory=True) > 0
    assert history.cost_us(in_memory=False) > 0
    assert len(history.store.scan(b"o")) == (30 + 2 * RUNS) * CUSTOMERS
    history.store.close()


def test_timers_of_every_kind_that_fall_due_cost_the_same_however_many_others_wait(tmp_path):
    rulebook = load_rulebook(scale.RULES)
    found = []
    for customers in (1_000, 10_000):
        waiting = scale_timers.Waiting(tmp_path / f"of-{customers}", rulebook, customers, due=300)
        found.append(waiting.fire()[:4])
        waiting.store.close()
    # Two things of the 75 whose points and level end; who is alerted is at another stage.
    said = {"alerts": 75, "points": 150, "tiers": 75, "lifecycle": 75}
    assert found == [(300, said, 225, 225)] * 2


def test_many_orders_are_measured_in_memory_and_from_rocksdb(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(scale, "ORDERS", (2, 5))
    scale.show_orders(tmp_path, scale.RULES)
    first, second = capfd.readouterr().out.splitlines()
    assert "in memory" in first
    assert "read from RocksDB" in second
    assert first.count("2 orders") == second.count("2 orders") == 1
