# Two commands do everything: `make reproduce` and `make test`. Each makes the environment when it is missing or the lock has changed.
SCALE ?= laptop
WHAT ?= all
ENGINE ?= local:2
PYTHON ?= python3
WORKERS ?= 2
DEVICE ?= cpu
GPU ?= local:gpu0x6
PIECES ?= 0

BIN := .venv/bin
PEERS := efficientnet-lite-pytorch fvcore iopath parameterized pytorchvideo
BENCHES = $(if $(filter cuda,$(DEVICE)),kernels peers,kernels worlds clips system peers)
READY := .venv/.ready
STRIP := $(BIN)/nbstripout --keep-id --extra-keys "metadata.papermill cell.metadata.papermill"
NOTEBOOKS = $(shell find notebooks -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*')

unexport MPLBACKEND # Agg would silently drop every figure from the executed notebooks
unexport PYTHONDONTWRITEBYTECODE # or every process compiles its imports anew: seconds each
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env reproduce smoke test test-long test-peer test-net bench gpu-evidence lab lint tidy lock clean-env

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Variables: SCALE=$(SCALE)  WHAT=$(WHAT)  ENGINE=$(ENGINE)  PYTHON=$(PYTHON)"
	@echo "  Scales: smoke, laptop, overnight, mini, paper. mini and paper need real data under REPRO_DATA."

env: $(READY) ## Make the environment in .venv (Python >= 3.11)
	@echo "the environment in .venv is ready"

# .ready is written last: an interrupted attempt is started afresh the next time.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python >= 3.11 is needed; '$(PYTHON) --version' says: $$($(PYTHON) --version 2>&1 | tail -n 1). Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "making .venv from requirements.lock (217 packages, 7 GB; less than a minute when they are in uv's cache)"
	@rm -f $@
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

reproduce: $(READY) ## Run WHAT at SCALE, then write the pages, which begin at results/SCALE/index.html
	$(BIN)/repro run $(WHAT) --scale $(SCALE) --engine $(ENGINE)
	$(BIN)/repro report --scale $(SCALE)

smoke: ## The same at the smallest scale: does everything run?
	@$(MAKE) --no-print-directory reproduce SCALE=smoke

test: $(READY) ## The test suite (without gpu, peer and long), in random order and WORKERS processes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not gpu and not peer and not long"

test-long: $(READY) ## The long tests, and those that need a GPU where there is one; writes results/trust.csv
	REPRO_TRUST=1 $(BIN)/python -m pytest -m "(long or gpu) and not peer"

test-peer: $(READY) ## The peer tests; puts the extra bench (200 MB) into .venv-peer first
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target .venv-peer --constraint requirements.lock $(PEERS)
	PYTHONPATH=.venv-peer $(BIN)/python -m pytest -m peer

test-net: $(READY) ## Lowest declared versions, every Python at hand, conda, audit; needs a package index and gigabytes
	$(BIN)/python tests/net/floors.py

bench: $(READY) ## Times beside what one would use instead, in results/benchmarks; DEVICE=cuda on a GPU
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target .venv-peer --constraint requirements.lock $(PEERS)
	$(foreach b,$(BENCHES),PYTHONPATH=.venv-peer $(BIN)/python benchmarks/$(b).py --device $(DEVICE) \
	  --out results/benchmarks/$(b).csv &&) true
	$(BIN)/python benchmarks/figure.py

gpu-evidence: $(READY) ## Evidence of overnight and mini on one GPU, in PIECES of 8 minutes (0: all); packs what is done
	$(BIN)/python benchmarks/gpu_evidence.py --engine $(GPU) --pieces $(PIECES)

lab: $(READY) ## JupyterLab with the first notebook, on this machine alone; the address holds a token (LAB=… for its options)
	$(BIN)/jupyter lab --ip=127.0.0.1 --LabApp.default_url=/lab/tree/notebooks/00_start.ipynb $(LAB)

lint: $(READY) ## Style, layers, types, security, and notebooks committed without outputs; changes nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/basedpyright
	$(BIN)/bandit -q -r repro -c pyproject.toml
	$(if $(NOTEBOOKS),$(STRIP) --verify $(NOTEBOOKS))

tidy: $(READY) ## Mend what lint can mend by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(if $(NOTEBOOKS),$(STRIP) $(NOTEBOOKS))

lock: $(READY) ## Write requirements.lock from pyproject.toml; pins stay where they fit, UPGRADE=1 takes the newest
	$(BIN)/uv pip compile pyproject.toml --extra lab --extra dev --extra cluster --universal --fork-strategy fewest --python-version 3.11 \
	  $(if $(UPGRADE),--upgrade) --no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

clean-env: ## Remove the environment
	rm -rf .venv
