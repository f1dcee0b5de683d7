# The two commands: `make demo` and `make test`. Both set up what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO := demo
JOBS ?= 2
LABEL_STUDIO := review/boardscribe_review/server/label-studio

.PHONY: help setup setup-dev components demo test lint types contracts pytest lock format bench clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "boardscribe needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv; macOS: brew install python), then run this again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment. Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

# A stamp file says which lock is installed, so that a changed lock installs again and an
# unchanged one costs nothing.
$(VENV)/.run-time: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# PyTorch by pip, not from the lock: see tests/requirements-trocr.txt.
$(VENV)/.development: requirements-dev.lock tests/unresolved.lock tests/requirements-trocr.txt $(VENV)/.run-time
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	$(PIP) install --quiet --require-hashes --no-deps -r tests/unresolved.lock
	$(PIP) install --quiet -r tests/requirements-trocr.txt || echo "PyTorch for the CPU is not to be had here: the tests of the engine trocr are skipped (docs/engines.md)." >&2
	@touch $@

setup: $(VENV)/.run-time ## make .venv with what boardscribe needs to run

setup-dev: $(VENV)/.development ## make .venv with what the tests need too

components: setup-dev ## install the programs that tests start (Tesseract, Chromium, PostgreSQL, Label Studio)
	@bash tests/install-components.sh
	@$(BIN)/python tests/support/labelstudio.py

demo: setup ## transcribe the samples and write a report
	@$(BIN)/boardscribe transcribe samples/photos --workspace $(DEMO) --config samples/boardscribe.toml --jobs $(JOBS)
	@$(BIN)/boardscribe evaluate samples/truth --workspace $(DEMO)

test: setup-dev components lint types contracts pytest ## everything CI runs

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

contracts: setup-dev
	PYTHONPATH=pipeline:review:models $(BIN)/lint-imports

pytest: setup-dev
	$(BIN)/pytest -n $(JOBS) --dist loadfile

format: setup-dev ## put the code into its standard format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev ## resolve the locks again after a change of pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" $(LABEL_STUDIO).in -o $(LABEL_STUDIO).lock

bench: setup ## measure time and memory by stage; writes bench/README.md
	$(BIN)/python bench/stages.py

clean: ## remove what was made here, but not the photographs
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache
