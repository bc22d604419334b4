# Every verb of the house. Plain `make` prints this list.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
STACK ?= embedded

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.runtime ## build the environment in .venv (demo, test and check call it)

.venv/.uv: tools/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo 'Okno needs Python 3.11 with venv: apt-get install python3 python3-venv'; exit 1; }
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

web/.runtime: .venv/.runtime web/package.json web/package-lock.json
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --omit=dev --no-audit --no-fund --loglevel=error
	touch $@

web/.dev: .venv/.runtime web/package.json web/package-lock.json
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	touch $@ web/.runtime

WEB_SOURCES := $(shell find web/kit web/portal -type f -not -path '*/node_modules/*' 2>/dev/null)

web/dist/.built: web/.runtime $(WEB_SOURCES)
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	touch $@

demo: setup web/dist/.built ## run the whole product here (STACK=embedded|full)
	$(BIN)/okno demo --stack $(STACK)

lock: .venv/.uv ## move the pins of the lock files
	tools/lock

.PHONY: help setup demo lock
