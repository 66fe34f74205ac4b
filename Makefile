# Two commands matter: `make demo`, the main job, and `make test`, everything.
# What they need and do not find they install in folders of their own: see tools/sbf/README.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO := cargo
SIM := $(CARGO) run --quiet --locked --profile sim -p breakwater-sim --bin breakwater-sim --
PROGRAM := target/deploy/breakwater.so
TOOLCHAIN := $(shell find tools/sbf -name target -prune -o -type f -not -name '*.md' -print) rust-toolchain.toml
SOURCES := $(shell find programs crates/engine -type f \( -name '*.rs' -o -name 'Cargo.toml' \) -print) Cargo.toml Cargo.lock $(TOOLCHAIN)

.PHONY: help demo test bench audit lint build engine-test svm-test clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | column -t -s "$$(printf '\t')"

$(PROGRAM): $(SOURCES)
	@echo "== building the program for SBPF"
	tools/sbf/build --manifest-path programs/breakwater/Cargo.toml
	@touch $@

target/deploy/libcalls.so: $(TOOLCHAIN)
	@echo "== building the 128-bit libcalls' test program for SBPF"
	tools/sbf/build --manifest-path tools/sbf/libcalls/Cargo.toml
	@touch $@

target/deploy/multisig.so: $(wildcard crates/multisig/src/*.rs) crates/multisig/Cargo.toml Cargo.lock $(TOOLCHAIN)
	@echo "== building the tests' stand-in for a multisig for SBPF"
	tools/sbf/build --manifest-path crates/multisig/Cargo.toml
	@touch $@

build: $(PROGRAM) ## the compiled program, target/deploy/breakwater.so

demo: $(PROGRAM) ## 10 October 2025 on a real SVM, tier by tier: target/demo/report.json and day.svg (ARGS="--seed 7 --traders 500")
	@echo "== building the simulator"
	$(SIM) demo $(ARGS)

bench: $(PROGRAM) ## compute units of every instruction, and how they grow: target/bench/cu.json
	@echo "== building the benchmark"
	$(SIM) bench $(ARGS)

audit: ## replays the log of an exchange from account data: LOG=file, directory or http address, EXCHANGE=key
	@test -n "$(LOG)" || { echo "make audit LOG=ledger.json, a directory of such, or an RPC address with EXCHANGE=key"; exit 2; }
	$(SIM) audit $(LOG) $(if $(EXCHANGE),--exchange $(EXCHANGE))

engine-test: ## the engine against its naive references
	@echo "== engine: tables, properties, naive references"
	$(CARGO) test --locked -p breakwater-engine

svm-test: $(PROGRAM) target/deploy/libcalls.so target/deploy/multisig.so ## the compiled program on the SVM
	@echo "== program: layout, errors, and every instruction on the SVM"
	$(CARGO) test --locked --profile sim -p breakwater -p breakwater-sim

lint: ## format, clippy, and the engine's promises: one line of dependencies, builds without std
	@echo "== lints"
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@test "$$($(CARGO) tree --locked -p breakwater-engine -e normal | wc -l)" = 1 || { echo "the engine has dependencies"; exit 1; }
	tools/no-std

test: lint engine-test svm-test ## everything
	@echo "== all green"

clean: ## what was built, not what was installed
	$(CARGO) clean
