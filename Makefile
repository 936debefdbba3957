# make run    the shipped case `base`, from nothing but python3 and make
# make test   every check and test, `base` once included
# make check  the quick part (under two minutes)
# make docs   the documentation site, in out/site
# make hard   hard use: mutations, kills, full disks (docs/hard-use.md), some twenty minutes
# make bench  against PyPSA (own environment) and pandapower: tests/benchmarks; BENCH=--quick for the short one
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test check lint docs hard bench clean
.DEFAULT_GOAL := run

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

run: install
	$(BIN)/greengrid run base -o out/base --replace
	@echo "Report: out/base/report.pdf"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow"

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

docs: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "Docs: out/site/index.html"

hard: install
	$(BIN)/python -m tests.hard

.venv-pypsa/installed: tests/benchmarks/pypsa-constraints.txt
	test -x .venv-pypsa/bin/python || $(PYTHON) -m venv .venv-pypsa
	.venv-pypsa/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

bench: install .venv-pypsa/installed
	.venv-pypsa/bin/python -m tests.benchmarks.two_weeks
	$(BIN)/python -m pytest -q tests/test_dispatch_pypsa.py
	$(BIN)/python -m tests.benchmarks.run $(BENCH)
	$(BIN)/python -m tests.benchmarks.draws $(BENCH)

clean:
	rm -rf out .venv .venv-pypsa
