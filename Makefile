# Two commands set everything up from a fresh checkout with only Python and make:
#   make review   decide the worked example and write its reports
#   make test     run every test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := evidence/shop-assistant
# The example's evidence was measured then; a later day would make it stale.
AS_OF ?= 2026-11-26
REPORTS := build/review

.PHONY: review test lint format docs evidence bench hostile fuzz schema clean help

help: ## Show what there is to make
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.run: pyproject.toml uv.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv sync --quiet --frozen --no-dev --inexact --compile-bytecode
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/uv sync --quiet --frozen --inexact --compile-bytecode
	@touch $@

review: $(VENV)/.run ## Decide the worked example; write HTML, Markdown and JSON to build/review
	@mkdir -p $(REPORTS)
	@$(BIN)/readiness check $(EXAMPLE) --as-of $(AS_OF) \
		--output html=$(REPORTS)/report.html --output markdown=$(REPORTS)/report.md \
		--output json=$(REPORTS)/review.json || test $$? -eq 1
	@echo "The report to read: $(REPORTS)/report.html"

test: $(VENV)/.dev ## Run every test
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.dev ## Check style, types, layers, dependencies, pipelines and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check readiness
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/zizmor --offline --quiet --no-progress --persona=auditor action.yml .github/workflows
	$(BIN)/hadolint Dockerfile
	$(BIN)/codespell readiness checklists templates docs README.md CONTRIBUTING.md CHANGELOG.md

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format readiness

docs: $(VENV)/.dev ## Write the generated pages and schemas again
	$(BIN)/python docs/generate.py

bench: $(VENV)/.dev ## Measure start-up, checking and large load tests, as ratios
	$(BIN)/python -m tests.benchmarks.startup
	$(BIN)/python -m tests.benchmarks.loads

hostile: $(VENV)/.dev ## Try every attack and all of the hostile corpora (about 20 minutes)
	HOSTILE=1 $(BIN)/python -m pytest -n auto -s tests/security tests/faults tests/rendering/test_browser.py

FUZZ_SECONDS ?= 20
fuzz: $(VENV)/.dev ## Fuzz every reader for FUZZ_SECONDS each (20)
	$(BIN)/python -m tests.fuzz.long $(FUZZ_SECONDS)

evidence: ## Measure the worked example's evidence again (about 15 minutes)
	$(PYTHON) -m venv .venv-rig
	.venv-rig/bin/python -m pip install --quiet -r $(EXAMPLE)/rig/requirements.txt
	.venv-rig/bin/python $(EXAMPLE)/rig/run.py

clean: ## Remove what was built
	rm -rf $(VENV) .venv-rig build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
