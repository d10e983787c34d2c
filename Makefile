# The engine's commands. `make run` and `make test` need Python 3.11+, make and git, nothing else.

# Tests start hundreds of processes: bytecode is written, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.locked
BENCH := .venv-bench
# Minutes each, and steps of their own in `make check`.
APART := tests/fuzz tests/clients tests/drills tests/releases tests/restore tests/failover
RUNTIME := .venv-runtime
VERSIONS := 3.12 3.13
ONE_PAID_ORDER := tests/packaging/test_compose_flow.py::test_compose_leads_to_a_paid_order
COVERAGE = --cov=payment_engine.domain --cov=payment_engine.gateways --cov-branch \
	--cov-report=term-missing:skip-covered --cov-fail-under=100
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-emit-index-url --python-version 3.11 $(UPGRADE)

MODELS = --input-file-type openapi --output-model-type typing.TypedDict --openapi-scopes schemas \
	--enum-field-as-literal all --target-python-version 3.11 --use-standard-collections \
	--use-union-operator --use-schema-description --disable-timestamp --formatters builtin

.DEFAULT_GOAL := help
.PHONY: help run test fast hooks coverage covered fuzz client-tests drill-tests release-tests restore-tests failover check simulate chaos drill drills format lint types imports migrations-match packaging versions sbom licenses audit docs lock clients bench bench-compare bench-scale bench-curves bench-trouble bench-profile soak

help: ## List these commands
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## Start everything with mock gateways and a demo order; Ctrl-C stops it
	@$(BIN)/python -m payment_engine demo

test: $(READY) ## The test suite, on real PostgreSQL and MongoDB; ARGS="-k refund" narrows it
	@$(BIN)/python -m pytest -n auto --dist worksteal $(APART:%=--ignore=%) $(ARGS)

fast: $(READY) ## After every edit: format, lint, types, imports, unit and architecture tests
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache --no-logo > $(VENV)/imports.log & imports=$$!; \
		$(BIN)/mypy > $(VENV)/types.log & types=$$!; \
		$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/unit tests/architecture; tests=$$?; \
		wait $$imports || { cat $(VENV)/imports.log; tests=1; }; \
		wait $$types || { cat $(VENV)/types.log; tests=1; }; exit $$tests

hooks: $(READY) ## Run the quick checks before each commit
	@$(BIN)/pre-commit install

coverage: $(READY) ## Every line and branch of domain and gateways is tested by their own tests
	@$(BIN)/python -m pytest -n auto --dist worksteal -q tests/unit tests/contract tests/db $(COVERAGE)

covered: $(READY) ## `make test`, and the coverage of domain and gateways with it
	@$(MAKE) --no-print-directory test ARGS="$(COVERAGE)"

fuzz: $(READY) ## Calls invented from the API's description, with every kind of key
	@$(BIN)/python -m pytest -n auto tests/fuzz

client-tests: $(READY) ## The clients are generated, built, and used against a running service
	@$(BIN)/python -m pytest tests/clients

drill-tests: $(READY) ## Three drills with a real Prometheus; `make drills` has all
	@$(BIN)/python -m pytest tests/drills

release-tests: $(READY) ## The release before and this one side by side, by real processes
	@$(BIN)/python -m pytest tests/releases

restore-tests: $(READY) ## A database is lost, restored to an earlier moment, and what was paid since found
	@$(BIN)/python -m pytest tests/restore

failover: $(READY) ## A primary is lost under load and its standby promoted; SECONDS=30 of load before and after
	@FAILOVER_SECONDS=$(or $(SECONDS),3) $(BIN)/python -m pytest -s tests/failover

check: lint types imports migrations-match licenses simulate chaos covered fuzz client-tests drill-tests release-tests restore-tests failover versions ## All that a change must pass; CI runs this

simulate: $(READY) ## Simulated histories: SEEDS=10000 for many, SEED=7 prints one
	@$(BIN)/python -m payment_engine.simulator --seeds $(or $(SEEDS),300) $(SEED:%=--seed %) $(ARGS)

chaos: $(READY) ## Real processes, killed and cut off, in 3 minutes: SEED=7, SECONDS=75, KILLS=20; LONG=1 for 100 kills
	@$(BIN)/python -m tests.chaos $(LONG:%=--long) $(SECONDS:%=--seconds %) $(KILLS:%=--kills %) \
		$(SEED:%=--seed %) $(ARGS)

format: $(READY) ## Rewrite the code as ruff formats it
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(READY) ## Formatting and lint rules
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

imports: $(READY) ## Who may import whom
	@$(BIN)/lint-imports

migrations-match: $(READY) ## Migrations and models agree
	@$(BIN)/python -m payment_engine migrate --check

packaging: $(READY) ## Dockerfile, compose, pipeline and locks, offline (part of `make test`)
	@$(BIN)/python -m pytest tests/packaging

versions: $(VERSIONS:%=version-%) ## Unit, contract and one paid order in other Pythons, where they are installed

version-%: $(READY)
	@pyenv=$$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$*.*/bin 2>/dev/null | tr '\n' ':'); \
	python=$$(PATH="$$pyenv$$PATH" $(BIN)/uv python find --no-python-downloads $* 2>/dev/null) || \
		{ echo "Python $* is not installed here: left out"; exit 0; }; \
	[ .venv-$*/.locked -nt requirements.lock ] || { $(BIN)/uv venv --quiet --clear --python $$python .venv-$* && \
		$(BIN)/uv --system-certs pip install --quiet --python .venv-$*/bin/python --require-hashes \
			-r requirements.lock && touch .venv-$*/.locked; } || exit 1; \
	.venv-$*/bin/python -m pytest -q -n auto --dist worksteal tests/unit tests/contract $(ONE_PAID_ORDER)

sbom: $(RUNTIME)/.locked ## What the image installs, as CycloneDX: build/sbom.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py environment $(RUNTIME)/bin/python --pyproject pyproject.toml \
		--output-reproducible --of JSON --output-file build/sbom.json

licenses: $(RUNTIME)/.locked ## Their licenses, build/licenses.csv; fails on one that pyproject.toml does not allow
	@mkdir -p build
	@$(BIN)/pip-licenses --python $(RUNTIME)/bin/python --with-system --format csv \
		--output-file build/licenses.csv

audit: $(READY) ## Their known vulnerabilities, where the advisories are reached
	@$(BIN)/python .ci/audit

docs: $(READY) ## Regenerate the tables of the documents from the code
	@$(BIN)/python -m payment_engine docs

drill: $(READY) ## Inject an incident, see its alert fire and end: INCIDENT=gateway-503
	@$(BIN)/python -m tests.drills $(INCIDENT)

drills: $(READY) ## All drills, with a real Prometheus, four at once, in a quarter of an hour; AT_ONCE=1 for one after the other
	@$(BIN)/python -m tests.drills --at-once $(or $(AT_ONCE),4)

clients: $(READY) ## Generate the types of both clients and build them (Python, and TypeScript with npm)
	@$(BIN)/python -m payment_engine openapi > clients/typescript/openapi.json
	@$(BIN)/datamodel-codegen $(MODELS) --input clients/typescript/openapi.json \
		--output clients/python/payment_engine_client/models.py
	@$(BIN)/uv --system-certs build --quiet --wheel --out-dir clients/python/dist clients/python
	@cd clients/typescript && npm ci --ignore-scripts --no-audit --no-fund --silent && \
		npm run --silent generate && npm run --silent build
	@ls clients/python/dist/*.whl clients/typescript/dist/src/index.js

bench: $(BENCH)/.locked ## Init, read and attempt beside other ways to write the service, in minutes
	@$(BENCH)/bin/python -m bench.run $(ARGS)

bench-curves: $(BENCH)/.locked ## Every kind of request from 1 to 1,000 connections, with plots, in half an hour
	@$(BENCH)/bin/python -m bench.curves $(ARGS)

bench-trouble: $(READY) ## Reads beside clients that keep trying, a gateway that hangs, a worker whose answers are late
	@$(BIN)/python -m bench.trouble $(ARGS)

bench-profile: $(BENCH)/.locked ## Where the API's time goes: the share of each layer, and the costliest lines
	@$(BENCH)/bin/python -m bench.profile $(ARGS)

soak: $(READY) ## Memory of API and worker under load for an hour; MINUTES=5 shortens it
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),60) $(ARGS)

bench-compare: $(READY) ## This source beside another revision, burst by burst: REV=main~10
	@$(BIN)/python -m bench.compare $(REV) $(ARGS)

bench-scale: $(READY) ## Requests, claims and sweeps over N payments beside empty tables: N=1000000
	@$(BIN)/python -m bench.scale --payments $(or $(N),1000000) $(ARGS)

lock: $(READY) ## Resolve again after a change in pyproject.toml; UPGRADE=--upgrade for newer versions
	@$(COMPILE) --extra dev --output-file requirements.lock
	@$(COMPILE) --constraint requirements.lock --output-file requirements-runtime.lock
	@$(COMPILE) --extra dev --extra bench --constraint requirements.lock --output-file requirements-bench.lock

# Made once per lock. uv comes from the lock as well and installs eight times faster than pip,
# which steps in where uv cannot reach an index that only pip is told about.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, for example: make run PYTHON=python3.12"; exit 1; }
	@echo "Installing requirements.lock into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes \
		-r requirements.lock 2>/dev/null || { echo "... with pip, about a minute"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.lock; }
	@touch $@

# The frameworks that the engine is compared with live apart from what it needs itself.
$(BENCH)/.locked: requirements-bench.lock $(READY)
	@$(PYTHON) -m venv $(BENCH)
	@$(BIN)/uv --system-certs pip install --quiet --python $(BENCH)/bin/python --require-hashes \
		-r requirements-bench.lock
	@touch $@

# What the image installs, and nothing else.
$(RUNTIME)/.locked: requirements-runtime.lock $(READY)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(RUNTIME)
	@$(BIN)/uv --system-certs pip install --quiet --python $(RUNTIME)/bin/python --require-hashes \
		-r requirements-runtime.lock
	@touch $@
