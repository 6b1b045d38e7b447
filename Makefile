# The one list of commands. README, pre-commit hooks and .ci/run call these targets and nothing else.
# A fresh machine needs a Rust toolchain, CPython >= 3.11 with pip and venv, make, and root with apt.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
# One interpreter for every build of the extension, or cargo would rebuild pyo3 at each change of tool.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

RUST_SOURCES := $(shell find rust -path rust/fuzz -prune -o -name '*.rs' -print -o -name Cargo.toml -print) Cargo.toml Cargo.lock
PEER_COMMANDS := storescp storescu dcmsend echoscu findscu movescu getscu dcmqrscp wlmscpfs dcmprscp dcmp2pgm dcm2pnm \
	Orthanc
# How long `make fuzz` runs.
SECONDS := 600
# The data directories of pydicom and pydicom-data, separated by ':'; found by Python, read by Rust tests.
CORPUS = $$($(BIN)/python tests/corpora.py)

.PHONY: help setup setup-python demo test test-rust test-python responder lint lint-rust lint-python format \
	wheel bench fuzz docs lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: setup-python $(STAMPS)/peers ## Everything tests need: Python, extension, DCMTK, Orthanc

setup-python: $(STAMPS)/extension

$(STAMPS)/python: requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dicomwire needs CPython 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	mkdir -p $(STAMPS) && touch $@

# maturin is called with the environment it looks for, so that nobody has to activate one.
$(STAMPS)/extension: $(STAMPS)/python pyproject.toml $(RUST_SOURCES)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --quiet >/dev/null
	touch $@

$(STAMPS)/peers: | $(STAMPS)/python
	.ci/install-peers $(PEER_COMMANDS)
	touch $@

demo: setup-python ## Send pydicom's own files to an embedded receiver and compare them
	$(BIN)/dicomwire demo

test: setup lint test-rust test-python ## All checks and tests, Rust and Python

test-rust: $(STAMPS)/python ## Rust tests (cargo-nextest when there is one)
	if cargo nextest --version >/dev/null 2>&1; then \
		DICOMWIRE_CORPUS="$(CORPUS)" cargo nextest run --workspace --exclude dicomwire-py \
		&& cargo test --quiet --workspace --exclude dicomwire-py --doc; \
	else \
		DICOMWIRE_CORPUS="$(CORPUS)" cargo test --quiet --workspace --exclude dicomwire-py; \
	fi

# Cargo knows what is up to date; asking it here keeps compilers out of the time limits of tests.
responder:
	cargo build --quiet --profile test --package dicomwire-responder

test-python: setup responder ## Python tests against DCMTK, Orthanc and pynetdicom (ARGS= goes to pytest)
	$(BIN)/python -m pytest $(ARGS)

lint: lint-rust lint-python ## Every static check

lint-rust: $(STAMPS)/python
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings

lint-python: setup-python
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	MYPYPATH=python $(BIN)/python -m mypy.stubtest dicomwire._core
	$(BIN)/lint-imports

format: $(STAMPS)/python ## Rewrite the sources as the linters want them
	cargo fmt --all
	$(BIN)/ruff check --quiet --fix-only
	$(BIN)/ruff format --quiet

wheel: $(STAMPS)/python ## Build an abi3 wheel, then install and run it where there is no Rust
	rm -rf dist
	$(BIN)/maturin build --release --out dist
	.ci/try-wheel dist/*.whl

bench: setup ## Measure dicomwire and its peers, rewrite the figures of benches/README.md
	cargo build --quiet --release --package dicomwire-responder
	$(BIN)/python -m benches.run $(ARGS)

fuzz: setup-python ## Fuzz what reads bytes of strangers, SECONDS=600 in all (docs/fuzzing.md)
	$(BIN)/python rust/fuzz/run.py $(SECONDS)

docs: setup-python ## Build the documentation as a site, into target/site
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' \
		>$(STAMPS)/docs.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r $(STAMPS)/docs.txt
	$(BIN)/mkdocs build --strict --quiet

lock: ## Write requirements-dev.txt anew from the bounds in pyproject.toml
	.ci/lock requirements-dev.txt

clean: ## Remove everything that was built, the virtual environment included
	rm -rf $(VENV) target dist python/dicomwire/_core*.so
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
