# Tierline needs Linux, make and Python 3.11 or newer with venv; `make setup` gets the rest.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/set-up

.PHONY: help setup compiled fetch check test simulate demo chaos bench bench-peers bench-scale docs lock

help:
	@echo "make setup    create .venv with everything that Tierline needs"
	@echo "make demo     run the whole engine on real purchases and recount the result"
	@echo "make test     set up and run every test, on a real broker"
	@echo "make chaos    kill, pause and damage everything, and check that it counts exactly (FAULTS=F1,F2 SEED=1)"
	@echo "make simulate live through worlds from seeds, on a simulated Kafka (SEEDS=50000, or SEED=102 for one)"
	@echo "make check    lint, format, types, tidiness: quick, no broker"
	@echo "make bench    measure the plain job on the embedded broker"
	@echo "make bench-scale   a million customers: CPU per event, restore, memory, takeover"
	@echo "make bench-peers   the same beside Kafka Streams, Quix and plain Faust (FLINK=1: Flink too)"
	@echo "make docs     the documentation as a site in site/"
	@echo "make lock     write requirements.lock and agents/kafka-jars.lock anew"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tierline needs Python 3.11 or newer, and $(PYTHON) is older: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "creating .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing the locked packages into .venv (a minute the first time)"
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

compiled: setup
	@$(BIN)/python -m agents.compiled

fetch: setup compiled
	@$(BIN)/tierline broker fetch

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_tidy.py

test: fetch
	$(BIN)/pytest -n 3 --dist loadfile

simulate: setup
	@$(BIN)/python -m tests.simulation

demo: compiled
	@$(BIN)/tierline demo

chaos: fetch
	@$(BIN)/python -m tests.chaos

bench: compiled
	@$(BIN)/python -m benchmarks.plain_job

bench-scale: fetch
	@$(BIN)/python -m benchmarks.scale

bench-peers: fetch
	@$(BIN)/python -m benchmarks.peers $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(N),--events $(N)) \
	  $(if $(WORKERS),--workers $(WORKERS)) $(if $(FLINK),--flink)

docs: setup
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

lock: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --group dev --extra otel --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --custom-compile-command "make lock" --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra otel --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --constraint requirements.lock --custom-compile-command "make lock" --quiet --output-file docker/requirements.lock
	$(BIN)/python -m agents.broker_lock
	$(BIN)/uv pip compile benchmarks/peers/quix-requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --custom-compile-command "make lock" --quiet --output-file benchmarks/peers/quix-requirements.lock
	$(BIN)/python -m benchmarks.peers.lock
