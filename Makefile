# Two commands on a fresh machine with python3 and make: `make serve`, `make test`.
PYTHON ?= python3
PORT ?= 8080
CLOCK ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help serve test check lint types trace traced fmt cov mutants bench build lock clean

help:  ## print these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

serve: $(VENV)/serve.stamp  ## serve the world `demo` on http://127.0.0.1:8080 (PORT=0 picks a free port, CLOCK=real|frozen|ISO, ARGS= more options)
	@exec $(BIN)/mockserver serve --port $(PORT) $(if $(CLOCK),--clock $(CLOCK)) $(ARGS)

test: $(VENV)/dev.stamp  ## run the whole test suite
	$(BIN)/python -m pytest $(ARGS)

check: lint types traced  ## lint, types, rule trace

lint: $(VENV)/dev.stamp  ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp  ## mypy --strict over package, tests and benchmarks
	$(BIN)/mypy
	cd tests/downstream && $(abspath $(BIN))/mypy --strict --explicit-package-bases --cache-dir ../../.mypy_cache .

trace: $(VENV)/dev.stamp  ## write the tables of rules, operations and faults; every rule has source, code, tests, scenarios
	$(BIN)/python -m tests.operations
	$(BIN)/python -m tests.trace

traced: $(VENV)/dev.stamp
	$(BIN)/python -m tests.operations --check
	$(BIN)/python -m tests.mutants --check
	$(BIN)/python -m tests.trace --check

fmt: $(VENV)/dev.stamp  ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

cov: $(VENV)/dev.stamp  ## the test suite with branch coverage: the package 100 %, or it fails
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include 'mockserver/*'
	$(BIN)/coverage report --include 'tests/*' --fail-under 99

mutants: $(VENV)/dev.stamp  ## mutation testing of the rules (half an hour): tests/mutation.md, 92 % killed or it fails
	$(BIN)/python -m tests.mutation

bench: $(VENV)/dev.stamp  ## creates, webhook deliveries and tests per second, beside bare routes, bare clients and other plugins
	$(BIN)/python -m benchmarks.creates
	$(BIN)/python -m benchmarks.deliveries
	$(BIN)/python -m benchmarks.plugin

build: $(VENV)/dev.stamp  ## wheel and source distribution, in dist/
	$(BIN)/python -m build --no-isolation

lock: $(VENV)/dev.stamp  ## resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements-dev.lock

clean:  ## remove everything that was made here
	rm -rf $(VENV) dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -exec rm -rf {} +

# A stamp is as old as the environment: a changed lock or project file makes it anew.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mockserver needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "installing into $(VENV) (once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "installing into $(VENV) (once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/serve.stamp
