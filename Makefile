# Every verb of the house. Plain `make` prints this list.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
STACK ?= embedded
# Tests wait for servers more than they compute. A file stays with one worker, so what it starts is started once.
WORKERS ?= 2

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.runtime ## build the environment in .venv (demo, test and check call it)

.venv/.uv: tools/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo 'Okno needs Python 3.11 with venv: apt-get install python3 python3-venv'; exit 1; }
	@echo 'Setting up .venv and the portal: once, about a minute'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r tools/uv.txt
	touch $@

.venv/.runtime: .venv/.uv requirements.txt pyproject.toml
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	touch $@

# The environment must be there, its age says nothing: else a newer one would take the developer's packages away.
web/.runtime: web/package.json web/package-lock.json | .venv/.runtime
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --omit=dev --no-audit --no-fund --loglevel=error
	touch $@

web/.dev: web/package.json web/package-lock.json | .venv/.runtime
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	touch $@ web/.runtime

WEB_SOURCES := $(shell find web/kit web/portal -type f -not -path '*/node_modules/*' 2>/dev/null)

web/dist/.built: web/.runtime $(WEB_SOURCES)
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build -- --logLevel warn
	touch $@

demo: setup web/dist/.built ## run the whole product here (STACK=embedded|full|tryton)
	$(BIN)/okno demo --stack $(STACK)

check: .venv/.dev web/.dev ## format, lint, types, imports, tidy, docs links
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy okno tools
	set -e; for bench in $(sort $(dir $(wildcard bench/*/*.py))); do $(BIN)/mypy $$bench; done  # each is a script of its own
	$(BIN)/lint-imports
	$(BIN)/python tools/tidy.py
	$(BIN)/python tools/doclinks.py
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check

test: test-debian .venv/.dev web/.dev web/dist/.built ## every test; prints coverage and holds its bar
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent test
	$(BIN)/okno tryton build --parties 0  # kept in var/cache: a minute once, so that no test waits for it
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q $(or $(PYTEST),-n $(WORKERS) --dist loadfile)
	$(BIN)/coverage combine -q
	$(BIN)/coverage json -q -o build/coverage.json
	$(BIN)/python tools/coverage_gate.py build/coverage.json

test-debian:
	@tools/need-debian test

tryton: setup ## make the Tryton of STACK=tryton beforehand: minutes once, then kept in var/cache
	$(BIN)/okno tryton build

album: web/.dev ## the design album: every screen in every state, as HTML and PDF
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent album

lock: .venv/.uv ## move the pins of the lock files
	tools/lock

.PHONY: help setup demo check test tryton test-debian album lock
