# The one door to the tools: the same few commands for a newcomer, a developer and CI. `make help` lists them.
#
# Each target sets up what it needs and does nothing twice: a stamp file in .venv, newer than the files that decide about
# it, remembers that the set-up was done. Shell logic lives in tools/*.sh; this file only says what needs what.
#
# Variables: PYTHON (interpreter for .venv; default: the newest that fits), ARGS (run, bench, test, redis-suite), FUZZ_SECONDS.

VENV ?= .venv
PY = $(VENV)/bin/python
INSTALLED = $(VENV)/installed.stamp
ARGS ?=
FUZZ_SECONDS ?= 600
FUZZ_SECONDS_SHORT ?= 15
export PYTHON VENV

.DEFAULT_GOAL := help
.PHONY: help setup build run test test-clients lint format bench asan fuzz docs clean distclean redis redis-suite

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  ARGS="..." goes to run, test, bench and redis-suite; FUZZ_SECONDS=N to fuzz; PYTHON=... chooses the interpreter of .venv.'

setup: build ## make .venv, install what is needed (again only if pyproject.toml changed), and build

$(INSTALLED): pyproject.toml tools/venv.sh tools/system.sh
	@tools/venv.sh
	@touch $@

build: $(INSTALLED) ## compile what changed, in place
	@tools/build.sh release

redis:
	@tools/system.sh redis

run: build ## serve on :6379 (ARGS="-addr :7000 ...")
	@exec $(PY) -m autocache.app.main $(ARGS)

# The fuzzer comes first so that pytest's closing line is the last one printed.
test: build redis ## every test, after a short fuzz run (ARGS goes to pytest)
	@tools/fuzz.sh $(FUZZ_SECONDS_SHORT)
	@$(PY) -m pytest -n 2 $(ARGS)

test-clients: build redis ## other languages' clients and Celery on our server (ARGS="--server redis")
	@$(PY) tools/test_clients.py $(ARGS)

lint: build ## ruff, mypy, cython-lint, Cython's hints, and the layers test
	@tools/lint.sh

format: $(INSTALLED) ## format the Python files
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix --exit-zero --quiet .

bench: build redis ## compare with redis-server (ARGS="--help")
	@$(PY) -m bench $(ARGS)

redis-suite: build redis ## Redis's own test suite against us (ARGS="--server redis", "--help")
	@tools/redis_suite.sh
	@$(PY) -m tools.redis_suite $(ARGS)

asan: $(INSTALLED) redis ## every suite on a sanitizer build, and a leak check (ARGS goes to pytest)
	@tools/asan.sh $(ARGS)

fuzz: $(INSTALLED) ## fuzz the parser and a whole cache for FUZZ_SECONDS (600)
	@tools/fuzz.sh $(FUZZ_SECONDS)

docs: build ## write docs/commands.md anew from the commands' declarations
	@mkdir -p docs
	@$(PY) -m autocache.commands.docs > build/commands.md && mv build/commands.md docs/commands.md

clean: ## remove what was built, keep .venv
	@tools/build.sh clean

distclean: clean ## remove .venv too
	rm -rf $(VENV)
