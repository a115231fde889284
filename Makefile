# One virtual environment, made once and whenever the pins change.
STACK ?= dev
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PLINTH := $(BIN)/python -m plinth
UV_VERSION := 0.13.9
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup up preview judge down test check accept bench docs pictures engine

help: ## show what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## make the virtual environment

$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "plinth needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=python3.12, for instance." >&2; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

up: setup ## bring the platform of STACK up (dev by default)
	@$(PLINTH) up --stack $(STACK) --yes

preview: setup ## show what STACK would get, rehearsed
	@$(PLINTH) preview --stack $(STACK) --rehearse

judge: setup ## judge STACK, or a blueprint, as a pull request is; reports go to reports/
	@$(BIN)/python -m tools.judged $(STACK)

down: setup ## take the platform of STACK down
	@$(PLINTH) down --stack $(STACK) --yes

test: setup ## all tests that need nothing but Python
	@$(BIN)/pytest -n $(WORKERS) --ignore tests/engine --ignore tests/acceptance

check: setup ## format, lint, types, imports, documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.docs --check
	@$(BIN)/python -m tools.pictures --check

accept: setup ## what real programs judge: checkers built with Go, the Pulumi CLI
	@$(BIN)/python -m tools.checkers
	@$(BIN)/pytest tests/acceptance tests/engine

bench: setup ## measure what has a budget
	@$(BIN)/python -m tools.bench

docs: pictures ## write the generated pages, the schema and the pictures anew
	@$(BIN)/python -m tools.docs

pictures: setup ## draw the stacks and the blueprints anew
	@$(BIN)/python -m tools.pictures
