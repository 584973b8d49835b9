# What this project does, one target each; `make` alone lists them.
.DEFAULT_GOAL := help

# What is said to make is text, on its command line as in the environment: taken as it is typed, "$$" and all, and handed
# on in the environment, where neither make nor the shell runs any of it. PYTHON is a command by nature, and LAB the
# options of one: words, no more. What is not for saying is an `override`.
PYTHON ?= python3
override SAID := SOURCE DATA DAY WEEK MONTH AS_OF SLICE PARAMS OUT CASES ACCEPT BECAUSE SEND RESEND RECIPIENTS LAB PYTHON
# these count from the command line only: a meeting's words, and NAME, which some systems set for every program
override TYPED := WHAT ISSUE CLOSE OWNER DUE MEASURE MEETING TEAM METRIC ACTION RAISED_BY ID ON NAME
override v :=
override LINE := $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $v))),$v))
$(foreach v,$(filter-out $(LINE),$(TYPED)),$(eval override $v :=))
$(foreach v,$(LINE),$(eval override $v := $$(value $v)))
export $(SAID) $(TYPED) $(LINE)

override SHELL := /bin/sh
override .SHELLFLAGS := -c
override VENV := .venv
override BIN := $(VENV)/bin
override TEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
override CORES := -n logical
override LOCK := pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate
# the data's place may hold a password: it stands in the arguments of no process, where every user of the machine reads it
override alignment = ALIGNMENT_DATA="$${DATA:-$$ALIGNMENT_DATA}" $(BIN)/alignment
override option = $(if $(value $1),--$2="$$$1")
override run = --source "$$SOURCE" --as-of "$$AS_OF" --slice "$$SLICE" --params "$$PARAMS" --out "$$OUT" \
  $(if $(value ACCEPT)$(value BECAUSE),--accept="$$ACCEPT" --because="$$BECAUSE")
# a page that is held back is there all the same, with a line HELD: …; only its mails fail
override rendered = || { code=$$?; test $$code -eq 5 || exit $$code; }
override mail = $(run) --recipients "$$RECIPIENTS" $(if $(value SEND),--send="$$SEND") $(if $(value RESEND),--resend="$$RESEND")

.PHONY: help weekly-report monthly-report reps marketing-update product-update pulse
.PHONY: email-weekly email-monthly email-reps email-updates email-marketing-update email-product-update email-pulse
.PHONY: decide init inspect check lab test test-quick lint format test-engines reference simulate mutations bench locks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' Makefile

weekly-report: $(VENV)/.run ## render the weekly page: [SOURCE= DATA= WEEK= AS_OF= SLICE= PARAMS= OUT= ACCEPT= BECAUSE=]
	@$(alignment) weekly --week "$$WEEK" $(run) $(rendered)

monthly-report: $(VENV)/.run ## render the monthly deep dive: [MONTH= SOURCE= DATA= AS_OF= SLICE= PARAMS= OUT=]
	@$(alignment) monthly --month "$$MONTH" $(run) $(rendered)

reps: $(VENV)/.run ## render each rep's day: [DAY= and the others of weekly-report]
	@$(alignment) reps --day "$$DAY" $(run) $(rendered)

marketing-update: $(VENV)/.run ## render the week's marketing update: [as weekly-report]
	@$(alignment) marketing-update --week "$$WEEK" $(run) $(rendered)

product-update: $(VENV)/.run ## render the week's product update: [as weekly-report]
	@$(alignment) product-update --week "$$WEEK" $(run) $(rendered)

pulse: $(VENV)/.run ## render the three lines of a day: [DAY= and the others of weekly-report]
	@$(alignment) pulse --day "$$DAY" $(run) $(rendered)

email-weekly: $(VENV)/.run ## write the weekly mails: [SEND=1 RESEND=uncertain|refused|none|all RECIPIENTS= and as weekly-report]
	@$(alignment) mail weekly --week "$$WEEK" $(mail)

email-monthly: $(VENV)/.run ## write the mails of the monthly deep dive: [SEND=1 … MONTH=]
	@$(alignment) mail monthly --month "$$MONTH" $(mail)

email-reps: $(VENV)/.run ## write a mail to each rep: [SEND=1 … DAY=]
	@$(alignment) mail reps --day "$$DAY" $(mail)

email-updates: $(VENV)/.run ## write the mails of both updates; fails when one of them does: [SEND=1 … WEEK=]
	@failed=0; for update in marketing-update product-update; do \
	  $(alignment) mail $$update --week "$$WEEK" $(mail) || failed=$$?; \
	done; exit $$failed

email-marketing-update: $(VENV)/.run ## write the mails of the marketing update: [SEND=1 … WEEK=]
	@$(alignment) mail marketing-update --week "$$WEEK" $(mail)

email-product-update: $(VENV)/.run ## write the mails of the product update: [SEND=1 … WEEK=]
	@$(alignment) mail product-update --week "$$WEEK" $(mail)

email-pulse: $(VENV)/.run ## write the mails of the daily pulse: [SEND=1 … DAY=]
	@$(alignment) mail pulse --day "$$DAY" $(mail)

decide: $(VENV)/.run ## record the meeting: WHAT= or ISSUE= with OWNER= DUE=, or CLOSE=; alone: list what is open
	@$(alignment) decide --source "$$SOURCE" --params "$$PARAMS" --out "$$OUT" \
	  $(call option,ISSUE,issue) $(call option,CLOSE,close) $(call option,OWNER,owner) $(call option,DUE,due) \
	  $(call option,MEASURE,measure) $(call option,MEETING,meeting) $(call option,TEAM,team) \
	  $(call option,METRIC,metric) $(call option,ACTION,action) $(call option,RAISED_BY,raised-by) \
	  $(call option,ID,id) $(call option,ON,on) $(if $(value WHAT),-- "$$WHAT")

init: $(VENV)/.run ## make a folder of your own, with params, notebooks, tables to keep: NAME=../acme
	@$(alignment) init -- "$$NAME"

inspect: $(VENV)/.run ## profile an export and write a first mapping, params/sources/NAME.yaml: DATA= [NAME=]
	@$(alignment) inspect $(if $(value NAME),--name "$$NAME" --out "params/sources/$$NAME.yaml")

check: $(VENV)/.run ## the verdicts of a report without the report: [WEEK= or MONTH= or DAY= and as weekly-report]
	@$(alignment) check --week "$$WEEK" --month "$$MONTH" --day "$$DAY" $(run)

# in a clone, git then keeps the cells of a notebook and not what they gave: saving one leaves the template clean
lab: $(VENV)/.run ## explore in JupyterLab: [LAB="--port 8889 --no-browser"]
	@mkdir -p kept
	@if here=$$(git rev-parse --show-prefix 2>/dev/null); then git config alignment.here "$$here" && \
	  git config filter.alignment-template.clean 'python="$$(git config alignment.here)$(BIN)/python"; \
	  if test -x "$$python"; then "$$python" -m alignment_lib.report.template; else cat; fi' || true; fi
	@set -f; $(BIN)/jupyter lab --allow-root --FileContentsManager.post_save_hook=alignment_lib.report.template.saved $$LAB .

test: $(VENV)/.dev ## run the tests, on all cores
	$(TEST) $(CORES)

test-quick: $(VENV)/.dev ## run the tests that start no browser, no server and make no whole reports
	$(TEST) $(CORES) -m "not slow and not spark"

lint: $(VENV)/.dev ## ruff, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-engines: $(VENV)/.spark ## the same numbers on DuckDB and on PySpark (needs Java 17 or later)
	$(TEST) tests/engines -m spark

reference: $(VENV)/.dev ## statistics against reference values: [CASES=file.json]
	$(BIN)/python -m tests.reference.run $(if $(value CASES),"$$CASES")

simulate: $(VENV)/.dev ## statistics against simulations; takes long
	$(BIN)/python -m tests.simulation.run

mutations: $(VENV)/.dev ## faults put into the numeric code, one at a time: each must make a test fail
	$(BIN)/python -m tests.mutations.run

bench: $(VENV)/.dev ## what a report costs beside the floor that any do-it-yourself report pays
	$(BIN)/python -m tests.benchmarks.bench

locks: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv $(LOCK) --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv $(LOCK) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(BIN)/uv $(LOCK) -c requirements-dev.lock --extra dev --extra spark pyproject.toml -o requirements-spark.lock

clean: ## remove what was built; published reports stay
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis $(VENV)
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || { echo "making the environment (once, a minute or two)"; $$PYTHON -m venv $(VENV); }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.11"; rm -rf $(VENV); exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m compileall -q alignment_lib
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

$(VENV)/.spark: $(VENV)/.dev requirements-spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.lock
	@touch $@
