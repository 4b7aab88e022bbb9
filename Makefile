# The one door: report, watch, test, lab, clean. On Windows see README.md for the same steps as plain commands.
YEAR ?= 2015-16
PYTHON ?= python3
SECONDS ?= 300
ENV = .venv
BIN = $(ENV)/bin
READY = $(ENV)/.ready

.PHONY: report watch test lab clean lock format bench fuzz

report: $(READY)
	$(BIN)/bscb build --year $(YEAR)

watch: $(READY)
	$(BIN)/bscb watch --year $(YEAR)

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal

lab: $(READY)
	$(BIN)/bscb lab

# Side by side, nothing is asserted on time: docs/performance.md
bench: $(READY)
	$(BIN)/python benchmarks/cleaning.py
	$(BIN)/python benchmarks/building.py

# Malformed files for SECONDS a target; guided by coverage where atheris is installed.
fuzz: $(READY)
	$(BIN)/python tests/fuzz/fuzz_readers.py $(SECONDS)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build data/processed/*/

# The environment, made once and again only when the pins change.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(ENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# Renew the pins: versions and hashes for every system and Python, no registry named.
lock:
	uv pip compile pyproject.toml --group dev --extra cluster --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet -o requirements.lock
