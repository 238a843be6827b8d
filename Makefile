# `make help` lists what there is. Every target does its own set-up; a second run starts at once.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV := build/bench-venv
MUTATE_VENV := build/mutate-venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check bench bench-console chaos soak mutate screenshots docs clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) ## Make .venv with the outreach command from requirements/dev.lock.

$(STAMP): requirements/dev.lock pyproject.toml scripts/install
	@scripts/install $(VENV) requirements/dev.lock --project

demo: install ## Run a synthetic portfolio on embedded servers and watch it live.
	@$(BIN)/outreach demo

test: check ## Run all checks and tests; the pure core must be covered completely.
	@scripts/browser
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --cov --cov-report=
	@$(BIN)/coverage report --skip-covered --fail-under=100

check: install ## Lint, format, types, layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install $(BENCH_VENV)/.installed ## Measure it against the usual way and the bare limit; writes build/bench.json.
	$(BIN)/python -m tests.bench

bench-console: install ## Time every page of the console on a log of a million contacts.
	$(BIN)/python -m tests.bench.console

$(BENCH_VENV)/.installed: tests/bench/celery.lock scripts/install
	@scripts/install $(BENCH_VENV) tests/bench/celery.lock

chaos: install ## Kill, cut and empty what can be, for minutes; `make test` runs a minute of it.
	$(BIN)/pytest tests/chaos -m "long or not long" --durations=0 --durations-min=5

soak: install ## Play 2,000 loans through 120 days of disorder; `make test` plays a slice.
	$(BIN)/python -m tests.soak

mutate: $(MUTATE_VENV)/.installed ## Change the rules one place at a time; tests must notice. FULL=1: everywhere.
	$(MUTATE_VENV)/bin/python -m tests.mutate $(if $(FULL),--full)

$(MUTATE_VENV)/.installed: requirements/dev.lock tests/mutate/mutate.lock scripts/install
	@scripts/install $(MUTATE_VENV) requirements/dev.lock
	@scripts/install $(MUTATE_VENV) tests/mutate/mutate.lock

screenshots: install ## Photograph every page of the console into build/screenshots.
	@scripts/browser
	$(BIN)/python -m tests.browser.screenshots

docs: install ## Write docs/settings.md and docs/providers/README.md anew from the code.
	@$(BIN)/outreach check-config --reference > docs/settings.md
	@$(BIN)/outreach providers capabilities > docs/providers/README.md

clean: ## Remove what make made: .venv, build, caches.
	rm -rf $(VENV) build .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
