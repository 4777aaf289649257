# Everything a newcomer needs: `make demo` and `make test`. All set-up happens on the way.

PYTHON ?= python3
VENV := .venv
SECONDS ?= 600
STORE ?= sqlite
KILLS ?= 1000
WORKERS ?= auto
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help demo test check bench fuzz crash format stubs clean

help:
	@echo "make demo    build and push real images on a real Docker daemon"
	@echo "make test    run all tests, on WORKERS=auto processors; 0: one after the other"
	@echo "make check   format, lint, imports, types, contract"
	@echo "make bench   measure speed; one JSON object a line; ROWS=check for some of them"
	@echo "make fuzz    look for inputs that break the compiler, for SECONDS=600"
	@echo "make crash   kill writers of registries, KILLS=1000 times; STORE=postgresql or server;"
	@echo "             STORE=runner kills runner, dockerd and registry while runs go on"
	@echo "make format  format and mend what can be mended"
	@echo "make stubs   generate the Python stubs of the protos"

demo: $(READY)
	$(BIN)/python -m examples.demo

test: $(READY)
	@command -v ssh-add >/dev/null || apt-get install -y openssh-client || \
		{ echo "freshet: install the package openssh-client, then try again" >&2; exit 1; }
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadscope $(ARGUMENTS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/python protos/generate.py --check

bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(ROWS)

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

crash: $(READY)
	$(BIN)/python -m tests.crash $(STORE) --kills $(KILLS)

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
	@# As pip does for what it copies: a first `freshet check` must not compile a hundred modules.
	$(BIN)/python -m compileall -q compiler protos/freshet registry_service runner_service
	touch $(READY)
