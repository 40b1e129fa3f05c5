# Needs only make and Python 3.11 or newer; everything else comes into .venv from the pinned lists.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet
TESTS  ?=
BENCH  ?=

.PHONY: run test faults lint format bench lock clean

run: $(VENV)/run.done $(BIN)/shuxiang
	@exec $(BIN)/shuxiang run

# Each worker and each started program would compile every module anew where nothing may be kept.
test faults: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/test.done $(BIN)/shuxiang
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

# The fault suite, with more kills than a run of all tests has time for, and every test elsewhere
# that shows a gate of its closing table. `make faults FAULTS=short` is what `make test` has of it.
FAULTS ?= long
GATES  ?= .gates.json
SHOWN  := $(shell grep -rlE --include='test_*.py' 'record."R[0-9]+"' tests)
PROOF  := tests/faults $(sort $(filter-out tests/faults/%,$(SHOWN)))
faults: $(VENV)/test.done $(BIN)/shuxiang
	FAULTS=$(FAULTS) GATES=$(GATES) $(BIN)/python -m pytest -n auto --dist worksteal $(PROOF)

lint: $(VENV)/test.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

format: $(VENV)/test.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench.done $(BIN)/shuxiang
	$(BIN)/python -m tests.bench $(BENCH)

# One resolution for both lists: what is tested is what runs.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command 'make lock'
lock: $(VENV)/bin/python
	$(PIP) uv
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) -c requirements-dev.txt requirements.in -o requirements.txt
	$(LOCK) -c requirements-dev.txt requirements-bench.in -o requirements-bench.txt

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; try make PYTHON=python3.12'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.txt | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(VENV)/test.done: requirements-dev.txt | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $(VENV)/run.done $@

# What the benchmark compares with: other people's libraries, which nothing else needs.
$(VENV)/bench.done: requirements-bench.txt $(VENV)/test.done
	$(PIP) --require-hashes -r requirements-bench.txt
	@touch $@

# The `shuxiang` command. setuptools is among the pinned packages, so nothing is fetched here.
$(BIN)/shuxiang: pyproject.toml
	$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@
