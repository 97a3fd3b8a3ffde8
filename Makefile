# Recipes of magos-agent. Set-up is idempotent: the stamp is newer than what it was made from, or it is made again.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEV_STAMP := $(VENV)/.ready-dev
SCENARIO ?= crash-missing-env

.PHONY: help setup local investigate demo test lint bench clean

help: ## Show the recipes.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Make the environment: Python packages, kubectl, llama.cpp (compiled once, some minutes).

local: $(STAMP) ## Try again to install llama.cpp, where set-up went on without it.
	@scripts/setup.sh local $(VENV)

$(STAMP): pyproject.toml constraints.txt scripts/setup.sh scripts/llama_cpp.cmake
	@scripts/setup.sh run $(VENV)
	@touch $@

$(DEV_STAMP): $(STAMP)
	@scripts/setup.sh dev $(VENV)
	@touch $@

investigate: $(STAMP) ## Investigate a crash-looping pod of the built-in simulated cluster.
	@$(BIN)/magos-agent investigate --alert KubePodCrashLooping --cluster sim:$(SCENARIO)

demo: $(STAMP) ## Watch an investigation; SCENARIO=oom-killed picks another fault.
	@$(BIN)/magos-agent demo $(SCENARIO)

test: $(DEV_STAMP) ## Run the whole test suite.
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder # integration first: the long files do not end alone

lint: $(DEV_STAMP) ## Format check, lint, types, import layers, generated files.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/generate_docs.py --check
	@$(BIN)/python scripts/export_schemas.py --check

bench: $(DEV_STAMP) ## Measure what the project promises (docs/benchmarks.md).
	@$(BIN)/python -m scripts.bench

clean: ## Remove the environment and caches.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
