# Everything a newcomer needs: `make demo` and `make test`. All set-up happens on the way.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help demo test check bench format stubs clean

help:
	@echo "make demo    build and push real images on a real Docker daemon"
	@echo "make test    run all tests"
	@echo "make check   format, lint, imports, types, contract"
	@echo "make bench   measure speed; one JSON object a line"
	@echo "make format  format and mend what can be mended"
	@echo "make stubs   generate the Python stubs of the protos"

demo: $(READY)
	$(BIN)/python -m examples.demo

test: $(READY)
	$(BIN)/python -m pytest $(ARGUMENTS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/python protos/generate.py --check

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

stubs: $(READY)
	$(BIN)/python protos/generate.py

clean:
	rm -rf $(VENV)

# The virtual environment is made anew when the requirements change.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import ensurepip' || apt-get install -y python3-venv || \
		{ echo "freshet: install the package python3-venv, then try again" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(READY)
