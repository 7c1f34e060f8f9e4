# setup · demo · dev · check · test · clean. Everything needed is installed into .venv from the locks.
SHELL := /bin/bash
BIN := .venv/bin
export DO_NOT_TRACK = 1

.PHONY: help setup demo dev check test torture bench clean lists lock

help:  ## these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready  ## the environment, from requirements.lock
demo: setup  ## sandbox shop, one full hourly run, a summary
	@$(BIN)/omni demo $(DEMO_ARGUMENTS)
dev: setup  ## Dagster UI and daemon on the demo data
	@$(BIN)/omni dev
check: .venv/.dev  ## format, lint, types, unit tests; under a minute
	@scripts/check
test: .venv/.dev  ## every test; installs MariaDB and Chromium when it may
	@scripts/test
torture: .venv/.dev  ## long replays against a rebuild; kills and broken servers at random moments
	@OMNI_REPLAY_ROUNDS=$${OMNI_REPLAY_ROUNDS:-5} OMNI_REPLAY_WORLDS=$${OMNI_REPLAY_WORLDS:-200} \
	    OMNI_REPLAY_BATCHES=$${OMNI_REPLAY_BATCHES:-14} $(BIN)/python -m pytest tests/replay tests/torture -s
bench: .venv/.dev  ## quick sizes of all benches
	@for bench in bench/*.py; do echo "== $$bench"; $(BIN)/python $$bench --quick || exit 1; done
.venv/.ready: requirements.lock pyproject.toml
	@scripts/setup requirements.lock && touch $@
.venv/.dev: .venv/.ready requirements-dev.lock
	@scripts/setup requirements-dev.lock && touch $@
lists: setup  ## the seed of search engines and social networks, from its public list (FROM=<folder>: from files)
	@$(BIN)/python scripts/lists.py $(FROM)
lock:  ## compile all lock files anew
	uv pip compile -q pyproject.toml --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 -o requirements.lock
	uv pip compile -q pyproject.toml --extra dev -c requirements.lock --generate-hashes \
	    --no-emit-index-url --no-header --python-version 3.11 -o requirements-dev.lock
	uv pip compile -q bench/peers.in --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 -o bench/peers.lock
clean:  ## stop everything, remove the data omni made and the environment
	@if [ -x $(BIN)/omni ]; then $(BIN)/omni stop --delete-data --yes; fi
	rm -rf .venv .venv-peers dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
