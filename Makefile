# Everything a clone needs: `make demo` and `make test` ask for nothing but Python >= 3.11.
# uv is used where it is present, plain venv and pip where it is not.

PY   := .venv/bin/python
BIN  := .venv/bin
UV   := $(shell command -v uv 2>/dev/null)
NEW  := import sys; sys.exit(sys.version_info < (3, 11))
HOST := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
          $$p -c '$(NEW)' 2>/dev/null && { echo $$p; break; }; done)

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
          --no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-all check bench bench-quick docs lock clean

help:    ## this list
	@sed -n 's/^\([a-z-]*\): .*## /  make \1	/p' $(MAKEFILE_LIST)

venv: .venv/.installed ## .venv with every dependency, checked by hash, and regledger itself

demo: venv ## the sample ledger: board, one why, a diff, a verified report
	@$(BIN)/regledger demo

test: venv ## every test but the slow set, on both cores
	@REGLEDGER_HYPOTHESIS=$${REGLEDGER_HYPOTHESIS:-quick} $(PY) -m pytest -q -n 3 -m "not slow" $(ARGS)

test-all: venv ## every test, the slow set too, with the branch coverage gate: what CI runs
	@$(PY) -m pytest -q -n 3 --cov --cov-report=term $(ARGS)

check: venv ## lint, format, types, import order, docs against help
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PY) docs/generate.py --check

bench: venv ## the table of ratios, and JSON beside it: a quarter of an hour
	@$(PY) -m benchmarks $(ARGS)

bench-quick: venv ## the same of a smaller ledger: a minute
	@$(PY) -m benchmarks --quick $(ARGS)

docs: venv build/docs/.installed ## docs/commands.md from help, and the site, into build/site
	@$(PY) docs/generate.py
	@NO_MKDOCS_2_WARNING=1 build/docs/bin/mkdocs build --quiet --strict

lock: ## both locks from pyproject.toml (needs uv; ARGS=--upgrade for newer versions)
	@$(LOCK) pyproject.toml --group dev --all-extras --output-file requirements.lock $(ARGS)
	@$(LOCK) --group docs --output-file docs/requirements.lock $(ARGS)

clean:   ## everything made here, .venv included
	@rm -rf .venv dist build .coverage .coverage.* .*_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python takes an empty value for none: what pytest has made of the tests' asserts is kept, as
# compiling it all again is half of what a worker does before its first test.
test test-all: export PYTHONDONTWRITEBYTECODE :=

# Bytecode is compiled at install, so that the first command starts as fast as the second.
.venv/.installed: requirements.lock pyproject.toml
	@test -n "$(HOST)$(UV)" || { echo "regledger needs Python 3.11 or newer" >&2; exit 1; }
ifneq ($(UV),)
	@test -x $(PY) || uv venv --quiet --python '>=3.11' .venv
	@uv pip install --quiet --python $(PY) --compile-bytecode --require-hashes -r requirements.lock
	@uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
else
	@test -x $(PY) || $(HOST) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@$(PY) -m compileall -q ledger tui migrations
	@touch $@

build/docs/.installed: docs/requirements.lock
	@test -x build/docs/bin/python || $(PY) -m venv build/docs
	@build/docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
