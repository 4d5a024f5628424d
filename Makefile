# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
RUN := .venv/bin/python
export PYTHONUNBUFFERED = 1
# Python keeps what it has compiled, also where the machine says otherwise: without, each start costs 2 s more
unexport PYTHONDONTWRITEBYTECODE

.PHONY: docs help setup tools demo story down test kill check lint types contracts cloud-up cloud-down cloud-reset clean
.DEFAULT_GOAL := help

help: ## say what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## the Python environment
	@$(PYTHON) tools/bootstrap.py

tools: setup ## the Pulumi CLI in the pinned version, and the fonts of the reports
	@$(RUN) -m tools.pulumi_cli ensure
	@$(RUN) -m tools.fonts.packages

demo: tools cloud-up ## the district's approved documents become real resources
	@$(RUN) -m tools.demo up

story: setup ## the district's year on paper: what was filed, decided, refused, due, and what changed (no cloud; seconds)
	@$(RUN) -m tools.story

down: ## stop what `make demo` left running
	@$(RUN) -m tools.demo down
	@$(MAKE) --no-print-directory cloud-down

# the part that decides must be tried both ways, wherever it branches
COVERED := --cov=policies --cov=quotas --cov=broker.estate --cov-branch --cov-report= --cov-fail-under=95

test: check ## everything that CI runs
	@$(RUN) -m pytest $(COVERED)

kill: tools ## kill broker and worker at 32 named steps on a real cloud (part of `make test`; three minutes alone)
	@$(RUN) -m pytest tests/acceptance/test_kill.py

check: tools lint types contracts ## lint, types and import contracts

docs: setup ## write the pages that are made from the code: commands, documents, refusals, clocks, articles …
	@$(RUN) -m monitoring.pages

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types:
	@.venv/bin/mypy

contracts:
	@.venv/bin/lint-imports

cloud-up: setup ## start the sandbox clouds (a real OpenStack, a real Ceph gateway)
	@$(RUN) -m tools.openstack up
	@$(RUN) -m tools.ceph up

cloud-down: ## stop the sandbox clouds
	@$(RUN) -m tools.openstack down
	@$(RUN) -m tools.ceph down

cloud-reset: setup ## forget what the sandbox clouds hold
	@$(RUN) -m tools.openstack reset
	@$(RUN) -m tools.ceph reset
