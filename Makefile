# Needs Python 3.11 or newer with venv, make, and a package index that pip can reach.

VENV ?= .venv
RESULTS ?= results
WORKERS ?= 2
PYTEST_ARGS ?=

# The first interpreter that is new enough; `make PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	if $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done)

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet

# One thread per solve: threaded linear algebra is far slower on matrices of this size.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYBAMM_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | sort | awk -F'|' '{ printf "make %-11s %s\n", $$1, $$2 }'

$(VENV)/pyvenv.cfg:
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer with the venv module was found." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)

# Stamps: packages are installed again only when what they are declared in has changed.
$(VENV)/.installed: pyproject.toml setup.py | $(VENV)/pyvenv.cfg
	@echo "Installing multiscale into $(VENV) (the first time takes a few minutes)"
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml setup.py | $(VENV)/pyvenv.cfg
	@echo "Installing multiscale and its development tools into $(VENV) (the first time takes a few minutes)"
	$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-benchmark: pyproject.toml setup.py | $(VENV)/pyvenv.cfg
	$(PIP) --editable '.[dev,benchmark]'
	@touch $(VENV)/.installed $(VENV)/.installed-dev $@

.PHONY: install
install: $(VENV)/.installed-dev  ## editable install with development tools in .venv

.PHONY: demo
demo: $(VENV)/.installed  ## install, then simulate the first cycles of an electrode (Sharma 2022)
	$(BIN)/multiscale run sharma2022 --out $(RESULTS)/sharma2022
	@echo "Report: $(abspath $(RESULTS)/sharma2022/report.html)"

.PHONY: test
# The longest files come first by name (integration); in any other order one worker ends long after
# the other.
test: $(VENV)/.installed-dev  ## run the tests (about six minutes on two cores)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=10 $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: $(VENV)/.installed-dev  ## run the long tests
	$(BIN)/python -m pytest -m slow -n $(WORKERS) --dist loadfile --durations=10 $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.installed-dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.installed-dev  ## put the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: validate
validate: $(VENV)/.installed  ## judge the cases against papers and data; fails if something new fails
	$(BIN)/multiscale validate --allow-known --overwrite --out $(RESULTS)/validation

.PHONY: benchmark
benchmark: $(VENV)/.installed-benchmark  ## compare speed with other codes
	$(BIN)/python -m benchmarks $(BENCHMARK_ARGS)

.PHONY: clean
clean:  ## remove builds and caches; keeps .venv and results
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
