# One command for each job, the same here and in .ci/run. Each first sets up .venv from requirements/lock.txt, if it is
# missing or out of date.
PYTHON ?= python3
PEERS ?= $(PY)
ARGS ?=
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
READY := .venv/ready
NEEDS := cutaway needs Python 3.11 or newer; name another one so: make PYTHON=python3.12 demo

# Small matrices gain nothing from BLAS threads, and the two test workers would fight over them.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
# Tests start hundreds of processes, each of which would compile all of cutaway again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check bench docs setup lock clean

help:
	@echo "make demo    train on handwritten digits and on two moons, with pictures"
	@echo "make test    the whole test suite          (make test ARGS='-k moons')"
	@echo "make check   format, lint, types, and the direction of imports"
	@echo "make bench   ratios against a hand-written loop, and against the peers that PEERS=PYTHON has"
	@echo "make docs    write the generated pages anew"
	@echo "make clean   remove .venv and everything else that was made here"

demo: $(READY)
	.venv/bin/cutaway train digits --seeds 3 --out runs/digits
	.venv/bin/cutaway train moons --layers 16,32 --seeds 3 --out runs/moons
	@echo
	@echo "Now open runs/digits/report.html and runs/moons/report.html in a browser."

test: $(READY)
	$(PY) -m pytest --numprocesses=2 $(ARGS)

check: $(READY)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest --quiet tests/test_imports.py

bench: $(READY)
	$(PY) bench/run.py
	$(PY) bench/against_peers.py --python $(PEERS) $(ARGS)

docs: $(READY)
	$(PY) docs/generate.py

setup: $(READY)

$(READY): requirements/lock.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. $(NEEDS)"; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "$(PYTHON) is too old: $$($(PYTHON) --version 2>&1). $(NEEDS)"; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv from requirements/lock.txt, once; this takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --requirement requirements/lock.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

lock: $(READY)
	$(PIP) uv
	$(PY) -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade --generate-hashes \
		--quiet --no-annotate --custom-compile-command "make lock" --output-file requirements/lock.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist runs
	find src tests examples docs bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
