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

# The IDL's build compiles the program with other flags: a folder of its own.
IDL := $(CARGO) run --locked --quiet --manifest-path tools/idl/Cargo.toml --target-dir target/idl-tool --
MODULES := node_modules/.package-lock.json
CLIENT := app/client/dist/index.js
CLIENT_SOURCES := $(shell find app/client/src -name generated -prune -o -type f -print) $(wildcard app/client/idl/* app/client/scripts/*) \
	app/client/package.json app/client/tsconfig.json tsconfig.base.json
# The engine as the client carries it, and what the client knows of its reports.
WASM := target/wasm/breakwater.wasm
WASM_SOURCES := $(shell find crates/engine/src crates/wasm -type f) Cargo.toml Cargo.lock rust-toolchain.toml tools/wasm/build
LOCALNET := tools/localnet/dist/main.js
DEPLOY := migrations/dist/deploy.js
VECTORS := target/vectors/vectors.json
# The demo's day as `make localnet` plays it: fewer people than `make demo` has, since each is a wallet there.
DAY := target/demo/localnet-day.json

.PHONY: help demo test bench audit lint build reference histories fuzz heavy-day regressions regressions-share engine-test svm-test idl idl-check client client-lint client-test stories bundles localnet deploy vectors assess-bench nightly clean

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

reference: ## the mechanism of docs/concepts.md in exact rationals: scenarios, random histories (ARGS="--histories 1000")
	@echo "== reference: structures, scenarios, histories"
	python3 -m reference $(ARGS)

histories: ## the engine against the reference after every instruction of seeded histories (COUNT=10000)
	BREAKWATER_HISTORIES=$(or $(COUNT),10000) $(CARGO) test --locked --release -p breakwater-engine --test reference -- --nocapture

fuzz: ## 1,000 random histories of 2,500 operations of every verb of the clearing rooms, to the last withdrawal; goes on where it was stopped (SEED=n replays one)
	BREAKWATER_RESUME=$(CURDIR)/target/fuzz BREAKWATER_HISTORIES=$(or $(COUNT),1000) BREAKWATER_OPERATIONS=2500 $(if $(SEED),BREAKWATER_SEED=$(SEED)) \
		$(CARGO) test --locked --release -p breakwater-engine --test clearing_fuzz -- --nocapture

heavy-day: ## 10,000 accounts over 600 prices of a heavy-tailed day on the clearing rooms, tier by tier (SEED=n another day)
	$(if $(SEED),BREAKWATER_SEED=$(SEED)) $(CARGO) test --locked --release -p breakwater-engine --test clearing_day -- --nocapture --ignored

regressions: ## takes each rule of the clearing rooms away and requires its tests to fail (ONLY=a58 one, SHARE=10 the first ten)
	@echo "== regressions: rules taken away"
	ONLY=$(ONLY) SHARE=$(or $(SHARE),0) tools/regressions

regressions-share: ## the first ten of them, which take less than a minute
	@$(MAKE) --no-print-directory regressions SHARE=10

engine-test: ## the engine against its naive references
	@echo "== engine: tables, properties, naive references"
	$(CARGO) test --locked -p breakwater-engine -p breakwater-wasm

svm-test: $(PROGRAM) target/deploy/libcalls.so target/deploy/multisig.so ## the compiled program on the SVM
	@echo "== program: layout, errors, and every instruction on the SVM"
	$(CARGO) test --locked --profile sim -p breakwater -p breakwater-sim

idl: ## the program's IDL and default parameters: app/client/idl
	$(IDL)

idl-check: ## that the IDL is what the program says
	@echo "== IDL: committed against the source"
	$(IDL) --check

$(MODULES): package.json package-lock.json app/client/package.json tools/localnet/package.json migrations/package.json tests/package.json \
	tests/bundles/package.json
	npm ci --ignore-scripts
	@touch $@

$(WASM): $(WASM_SOURCES)
	@echo "== the engine, built for TypeScript"
	tools/wasm/build $@

$(CLIENT): $(MODULES) $(CLIENT_SOURCES) $(WASM)
	@echo "== client: generated from the IDL and the engine, compiled"
	node app/client/scripts/generate.js
	$(CARGO) run --quiet --locked -p breakwater-wasm --example typescript -- app/client/src/generated/engine.ts
	npx tsc -p app/client/tsconfig.json
	node app/client/scripts/commonjs.js
	@touch $@

$(LOCALNET): $(CLIENT) $(wildcard tools/localnet/src/*.ts)
	npx tsc -p tools/localnet/tsconfig.json
	@touch $@

$(DEPLOY): $(LOCALNET) migrations/deploy.ts $(shell find migrations/src -name '*.ts') migrations/package.json migrations/tsconfig.json
	npx tsc -p migrations/tsconfig.json
	@touch $@

deploy: $(DEPLOY) $(PROGRAM) ## deploys and sets up an exchange as a file says; plans unless --yes: migrations/README.md (ARGS="--help")
	@node $(DEPLOY) $(ARGS)

# What people write in TypeScript; what is generated has its own taste.
PROSE := app/client/src app/client/scripts app/client/test tools/localnet/src tools/lint migrations/deploy.ts migrations/src migrations/config tests '!app/client/src/generated/**'

client-lint: $(LOCALNET) $(DEPLOY) ## format and types of everything in TypeScript, and no bigint arithmetic outside unit files
	npx prettier --check $(PROSE)
	npx tsc -p app/client/test/tsconfig.json
	npx tsc -p tests/tsconfig.json
	node --test tools/lint/bigint.test.js
	node tools/lint/bigint.js

client: $(CLIENT) ## the TypeScript client: app/client/dist

$(VECTORS): $(SOURCES) $(shell find crates/sim/src -type f)
	@echo "== accounts with what the engine says of them"
	$(SIM) vectors

vectors: $(VECTORS) ## a thousand accounts with what the engine says of them: target/vectors/vectors.json

# The engine that traps on purpose: what the client does then is tried with it.
target/wasm/fault.wasm: $(WASM)
	tools/wasm/build $@ --features fault

client-test: $(CLIENT) $(VECTORS) target/wasm/fault.wasm ## the client's numbers against the engine's, and the module under hostile bytes
	@echo "== client: a thousand accounts, bit for bit"
	cd app/client && npx vitest run $(ARGS)

assess-bench: $(CLIENT) $(VECTORS) ## how long the client takes for ten thousand accounts on one core, and how large its module is
	$(shell command -v taskset >/dev/null && echo taskset -c 0) node app/client/scripts/bench.js

$(DAY): $(SOURCES) $(shell find crates/sim/src -type f)
	@echo "== the demo's day, written down"
	@mkdir -p $(@D)
	$(SIM) day --seed 5 --traders 30 --out $@

stories: $(LOCALNET) $(DEPLOY) $(PROGRAM) target/deploy/multisig.so $(DAY) ## user stories over JSON-RPC on a local network (ARGS="stories/keeper.test.ts")
	@echo "== stories over JSON-RPC"
	@rm -rf target/stories
	cd tests && npx vitest run $(ARGS)
	@test -n "$(ARGS)" || node tests/exercised.js

bundles: $(CLIENT) $(VECTORS) ## the packed client in Node 20 and 22, Vite, webpack and Chromium
	@echo "== the packed client in Node 20 and 22, Vite, webpack and Chromium"
	cd tests/bundles && npx vitest run $(ARGS)

localnet: $(LOCALNET) $(PROGRAM) $(if $(findstring crash,$(ARGS)),$(DAY)) ## a local network with three markets, until Ctrl-C (ARGS="--scenario crash")
	node $(LOCALNET) $(ARGS)

lint: ## format, clippy, and the engine's promises: one line of dependencies, builds without std
	@echo "== lints"
	$(CARGO) fmt --all --check
	$(CARGO) fmt --check --manifest-path tools/idl/Cargo.toml
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@test "$$($(CARGO) tree --locked -p breakwater-engine -e normal | wc -l)" = 1 || { echo "the engine has dependencies"; exit 1; }
	tools/no-std
	tools/wasm/build --lint

test: lint reference engine-test regressions-share svm-test idl-check client-lint client-test stories bundles ## everything
	@echo "== all green"

nightly: regressions $(CLIENT) $(VECTORS) target/wasm/fault.wasm ## what takes longer: every regression patch, a million hostile accounts (SEED=n repeats one), the module built twice
	tools/wasm/build --twice
	cd app/client && HOSTILE=1000000 npx vitest run test/hostile.test.ts

clean: ## what was built, not what was installed
	$(CARGO) clean
