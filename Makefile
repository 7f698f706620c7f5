# Two commands matter: `make demo` sets everything up and runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: demo test check bench bench-ear bench-peers labels test-labels golden dashboards format lock clean

demo: $(VENV)/.ready
	@exec $(BIN)/decroche demo --out demo $(DEMO_ARGS)

test: $(VENV)/.ready-test check
	$(BIN)/pytest $(PYTEST_ARGS)

check: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit/project

bench: $(VENV)/.ready
	$(BIN)/python tests/bench/run.py $(BENCH_ARGS)

bench-peers: $(VENV)/.ready-test
	$(BIN)/python tests/bench/peers.py

bench-ear: $(VENV)/.ready
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/ear.py $(BENCH_ARGS)

# Speech recognition for labels (setting ear.label): about 500 MB in the virtual environment.
labels: $(VENV)/.ready-labels

test-labels: $(VENV)/.ready-test $(VENV)/.ready-labels
	$(BIN)/pytest -q tests/labels/french_sounds.py

golden: $(VENV)/.ready-test
	$(BIN)/pytest -q tests/golden --rewrite-golden

# The dashboards and rules that are shipped, from their code.
dashboards: $(VENV)/.ready-test
	$(BIN)/python -m exporters.grafana.generate

format: $(VENV)/.ready-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The lock files name versions and hashes only, never where a package comes from.
lock:
	for f in "runtime" "test" "labels --constraint requirements/runtime.txt"; do set -- $$f; \
	  uv pip compile -q requirements/$$1.in --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    --override requirements/overrides.txt --constraint requirements/constraints.txt $$2 $$3 \
	    -o requirements/$$1.txt; done

# --no-deps: every dependency is in the lock; silero-vad is used for its weights and must not bring torch.
$(VENV)/.ready: requirements/runtime.txt pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v in ((3, 11), (3, 12)) else "decroche needs Python 3.11 or 3.12, the versions that the pjsua2 wheel covers; this is %d.%d: make PYTHON=python3.11" % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/test.txt
	touch $@

$(VENV)/.ready-labels: $(VENV)/.ready requirements/labels.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/labels.txt
	touch $@

clean:
	rm -rf $(VENV) demo build *.egg-info
