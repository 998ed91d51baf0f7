# Every target works alone on a machine that has python3, pip and make: the environment is built on first use.
#
#   make demo     run the main scenario and one that must break
#   make test     the test suite
#   make test-all the test suite under each supported Python that is installed
#   make check    lint, types, tests, docs snippets: what a change must pass
#   make site     the documentation as a site in out/site, with pages made from the code
#   make bench    speeds and memory, printed from one run
#   make answers  the tables of docs/answers.md and docs/answers-table.md, every cell run
#   make prove    docs/strength.md: how far each scenario can be searched; LIMIT=60 seconds for each of them
#   make soak     long campaigns, half an hour on two cores; SHARE=50 for half of them, 500 for five times as many

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS  ?= $(shell nproc 2>/dev/null || echo 2)
SHARE ?= 100
LIMIT ?= 60

.PHONY: demo test test-all check lint types docs format snippets site bench answers prove soak clean help

help:
	@sed -n 's/^#   //p' Makefile

# The stamp is younger than pyproject.toml exactly when the installed extras match it.
$(STAMP): pyproject.toml tools/make-venv
	@tools/make-venv $(VENV)
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/ftrace-actors run teardown-tasks --runs 500
	$(BIN)/ftrace-actors run teardown-no-wait-w2
	@echo
	@echo "The command is $(BIN)/ftrace-actors; after '. $(BIN)/activate' it is just ftrace-actors."
	@echo "Next: ftrace-actors list, ftrace-actors new mine, ftrace-actors explain. More: docs/install.md"

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

test-all:
	JOBS=$(JOBS) tools/test-all

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python -m pytest -q tests/docs

check: lint types test

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Writes anew what the commands in the documentation print.
snippets: $(STAMP)
	$(BIN)/python -m tests.docs.snippets

# Fails on a link that leads nowhere; takes nothing from the network.
site: $(STAMP)
	$(BIN)/python -m tools.site

# An interrupted one continues: what was found is in out/prove.jsonl.
prove: $(STAMP)
	$(BIN)/python -m benchmarks.prove --write --seconds $(LIMIT) --jobs $(JOBS)

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Exit code 1 says that a cell stayed open; the page then says so too.
answers: $(STAMP)
	$(BIN)/ftrace-actors matrix --jobs $(JOBS) --markdown out/answers-table.md --summary out/answers-summary.md || test $$? -eq 1
	tools/fold-table out/answers-table.md out/answers-summary.md

# 1500 runs are the fewest in which every scenario is known to show what it expects.
soak: $(STAMP)
	SOAK_SHARE=$(SHARE) HYPOTHESIS_PROFILE=dev $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q -m soak tests
	$(BIN)/ftrace-actors run scenarios --driver bare --runs $(or $(RUNS),$$(( $(SHARE) > 50 ? 30 * $(SHARE) : 1500 ))) --jobs $(JOBS) --seed $(or $(SEED),0)

clean:
	rm -rf $(VENV) .venvs .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis out build dist
