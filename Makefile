# Two commands are all: `make demo` and `make test`. Both make the virtual environment themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: demo test lint format bench bench-ingest bench-import browser isolation restore-drill kill-drill pressure shell messages openapi lock pytest clean fuzz clients

demo: $(VENV)/.runtime
	@exec $(BIN)/python -m engagement.demo

test: lint pytest

pytest: $(VENV)/.work
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.work
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml engagement tenants
	$(BIN)/python -m tests.commands check --deploy
	$(BIN)/python -m tests.commands makemigrations --check --dry-run

format: $(VENV)/.work
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Figures beside others who compute the same; SIZE=full is a million customers. Fails only when answers differ.
bench: $(VENV)/.work
	@$(BIN)/python -m tests.benchmarks

# Events from a request to stored, once each, and counted, beside COPY of the same; SIZE=full takes ten times as many.
bench-ingest: $(VENV)/.work
	@$(BIN)/python -m tests.benchmarks.ingest

# Files taken in by a worker: its memory, rows a second, and that no row is lost; SIZE=full is a gigabyte of CSV.
bench-import: $(VENV)/.work
	@$(BIN)/python -m tests.benchmarks.imports

# Every page as every role in a real browser, light and dark, wide and narrow; pictures in tests/screenshots. Needs chromium.
browser: $(VENV)/.work
	@$(BIN)/python -m tests.browser

# Every test of the wall between organisations; prints cells, seconds and leaks. Needs pgbouncer for its part of them.
isolation: $(VENV)/.work
	@$(BIN)/python -m tests.isolation

# A backup under load, restored on an empty server and put to work; ROWS=n events beforehand. Fails when anything differs.
restore-drill: $(VENV)/.work
	@$(BIN)/python -m tests.operating

# Processes killed at random under load: nothing that was acknowledged may be lost or doubled. SIZE=release, CONTROL=…
kill-drill: $(VENV)/.work
	@$(BIN)/python -m tests.drills

# One organisation sends ten times what can be stored: memory, answers, and what its neighbour notices. SIZE=release
pressure: $(VENV)/.work
	@$(BIN)/python -m tests.drills.pressure

# Generated requests to doors, pages and the API, with files; SIZE=full is 200,000. Fails when an answer was wrong.
fuzz: $(VENV)/.work
	@$(BIN)/python -m tests.fuzz

# The client libraries people have, unmodified, against a live server and a proxy that fails: library by fault. Installs them
# in build/clients; what a registry does not give is said. ONLY=python,node,browser, LIBRARY=part of a name, CASES=happy,429.
clients: $(VENV)/.work
	@$(BIN)/python -m tests.clients

shell: $(VENV)/.work
	@exec $(BIN)/python -m engagement.demo.shell

# Gathers what code and templates say into the catalogues of the other languages, and compiles them.
messages: $(VENV)/.work
	@$(BIN)/python -m tests.languages

# The API's document, which a test holds against the code.
openapi: $(VENV)/.work
	$(BIN)/python -m tests.commands spectacular --validate --fail-on-warn --file engagement/openapi.yaml

# The locks: from the short .in files, public index only, with hashes.
lock: $(VENV)/.work
	cd $(CURDIR) && for name in requirements requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	    $$name.in -o $$name.txt || exit 1; done

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .import_linter_cache

# uv where it is present, pip otherwise. The lists are whole: nothing is resolved, so no later release is met.
$(VENV)/bin/python:
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --seed --allow-existing --python $(PYTHON) $(VENV); \
	 else $(PYTHON) -m venv $(VENV); fi

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "  Installing what Rapport runs on …"
	@if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements.txt; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt; fi
	@touch $@

$(VENV)/.work: requirements-dev.txt | $(VENV)/bin/python
	@echo "  Installing what the work on Rapport needs …"
	@if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-dev.txt; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt; fi
	@touch $@ $(VENV)/.runtime
