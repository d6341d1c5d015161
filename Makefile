# The two commands are `make run` and `make test`; they need Python 3.10 or newer, make and a network for pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test chaos bench check audit format install install-dev clean

run: install
	@exec $(BIN)/python manage.py demo

# Much of the time of a test is waiting for a process or a page: four at a time, also on two cores.
test: install-dev
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

# Twenty times 50 calls in flight while something breaks; about ten minutes.
chaos: install-dev
	$(BIN)/python -m webhooks.tests.chaos

# About half an hour: every kind of request, and its database commands alone, at three sizes of the database.
# `make bench ARGUMENTS=--quick` takes a few minutes.
bench: install-dev
	$(BIN)/python manage.py bench $(ARGUMENTS)

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

# Known vulnerabilities of the libraries: 0 none, 1 some, 2 not all could be looked up. Needs a network.
audit: install-dev
	@$(BIN)/python -m atlas.audit

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: $(VENV)/.installed .env
install-dev: $(VENV)/.installed-dev .env

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Atlas needs Python 3.10 or newer: set PYTHON=python3.x")'
	@echo "Setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing Atlas' libraries (once; about a minute)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing Atlas' libraries and the tools for its tests (once; about a minute)"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

.env: | $(VENV)/bin/python
	@$(BIN)/python -m atlas.dotenv

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
