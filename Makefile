# The front door. Each target sets up what it needs on a machine that has cargo and a C compiler.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# dev for demo and test, release for what ships.
PROFILE ?= dev
CARGO ?= cargo

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARIES := $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
BUILT := $(TARGET)/wasm/wasm32-unknown-unknown/wasm/vicar_component.wasm
GUEST := $(TARGET)/wasm/vicar_component.guest.wasm
BENCH_GUEST := $(TARGET)/wasm/wasm32-unknown-unknown/wasm/vicar_bench_guest.wasm
CORE := $(TARGET)/wasm/vicar_component.core.wasm
ALONE_GUEST := $(TARGET)/wasm/vicar_component.alone.guest.wasm
ALONE_CORE := $(TARGET)/wasm/vicar_component.alone.core.wasm
EXCHANGE_BUILT := $(TARGET)/wasm/wasm32-unknown-unknown/wasm/vicar_exchange_component.wasm
EXCHANGE_GUEST := $(TARGET)/wasm/vicar_exchange.guest.wasm
EXCHANGE_CORE := $(TARGET)/wasm/vicar_exchange.core.wasm
FILTER_BUILT := $(TARGET)/wasm/wasm32-unknown-unknown/wasm/vicar_envoy.wasm
FILTER_GUEST := $(TARGET)/wasm/vicar_envoy.guest.wasm
FILTER_CORE := $(TARGET)/wasm/vicar_envoy.core.wasm
# Envoy compiles the module before it serves anything: what the component spends on speed would
# cost this one its megabyte, and each host call takes longer than what it gains.
FILTER_SIZED := $(foreach crate,base64 serde_json sha2 vicar vicar-policy,--config 'profile.wasm.package.$(crate).opt-level="z"')
PACKED := $(TARGET)/wasm/packed
EXCHANGE_PACKED := $(TARGET)/wasm/exchange.packed
COMPONENT := dist/vicar.component.wasm
ALONE := dist/vicar-alone.component.wasm
FILTER := dist/vicar-envoy.wasm
FILTER_IMAGE := dist/vicar-envoy.oci.tar
PRECOMPILED := dist/vicar.component.cwasm
EXCHANGE := dist/vicar-exchange.component.wasm
EXCHANGE_PRECOMPILED := dist/vicar-exchange.component.cwasm
# Resolves features as `cargo test --workspace` does, so that no dependency is built twice:
# --examples (there are none) counts the dev-dependencies in.
UNIFIED := --workspace --examples
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 15

.PHONY: demo
demo: ## The usual rule and Vicar on the same tokens, a real Envoy, then the whole story
	@$(CARGO) build -p vicar-demo
	@$(BINARIES)/vicar-demo
	@$(MAKE) --no-print-directory envoy $(FILTER_CORE)
	@VICAR_FILTER=$(FILTER_CORE) $(BINARIES)/vicar-demo-envoy
	@VICAR_FILTER=$(FILTER_CORE) $(BINARIES)/vicar-demo-story

.PHONY: serve-envoy
serve-envoy: envoy $(FILTER_CORE) ## A real Envoy with the filter on port 10000, to play with
	@$(CARGO) build --quiet -p vicar-demo
	@VICAR_FILTER=$(FILTER_CORE) $(BINARIES)/vicar-demo-envoy --serve

.PHONY: test
test: component $(ALONE) $(FILTER) envoy clients kubernetes ## All tests, and how many passed and failed
	@tools/test.sh

.PHONY: ci
ci: lint test ## What has to pass before a change goes in: lint, then test

.PHONY: lint
lint: component ## Formatting and clippy, warnings are errors
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings

.PHONY: bench
bench: build ## The measurements of docs/performance.md, side by side in one run
	@$(MAKE) PROFILE=release $(ALONE)
	@tools/wasm.sh vicar-bench-guest
	@$(CARGO) build --quiet --release $(UNIFIED) --bin vicar-bench
	@$(TARGET)/release/vicar-bench $(BENCH_GUEST) $(COMPONENT) $(ALONE) $(TARGET)/release/vicar --write docs/performance.md
	@$(MAKE) bench-sidecar
	@$(MAKE) bench-envoy

.PHONY: bench-sidecar
bench-sidecar: build ## Its part of the sidecar: `vicar serve` as a process, a lab behind it
	@$(CARGO) build --quiet --release $(UNIFIED) --bin vicar-bench-sidecar
	@$(TARGET)/release/vicar-bench-sidecar $(TARGET)/release/vicar $(EXCHANGE) --write docs/performance.md

.PHONY: bench-envoy
bench-envoy: $(FILTER) envoy ## Its part in Envoy: the filter beside Envoy's own
	@$(CARGO) build --quiet --release $(UNIFIED) --bin vicar-bench-envoy
	@$(TARGET)/release/vicar-bench-envoy --write docs/performance.md

.PHONY: soak-envoy
soak-envoy: $(FILTER) envoy ## 100,000 garbage requests at Envoy; `make test` sends 10,000 to stay quick
	@VICAR_GARBAGE=100000 $(CARGO) test -p vicar-envoy-tests --test through_envoy -- --nocapture garbage

.PHONY: fuzz-policy
fuzz-policy: tools ## A million generated policy cases, ours against Cedar's own engine
	@VICAR_FUZZ_CASES=$${VICAR_FUZZ_CASES:-1000000} $(CARGO) test --release -p vicar-compiler --test differential -- --nocapture

.PHONY: wasm
wasm: component $(ALONE) $(FILTER) ## The guests: built, imports checked, sizes printed
	@tools/sizes.sh $(COMPONENT) $(ALONE) $(EXCHANGE) $(FILTER)

.PHONY: build
build: ## The vicar command, optimised, in target/release
	@$(MAKE) PROFILE=release component
	@$(CARGO) build --release $(UNIFIED) --bin vicar

.PHONY: install
install: build ## The vicar command into cargo's bin folder
	@install -D -m 755 $(TARGET)/release/vicar $${CARGO_HOME:-$$HOME/.cargo}/bin/vicar

.PHONY: clean
clean: ## Removes everything that was built
	@$(CARGO) clean
	@rm -rf dist

# --- how the component comes about

# `vicar` carries both components, so they are made before anything that compiles `vicar`.
.PHONY: component
component: $(PACKED) $(EXCHANGE_PACKED)

$(PACKED): $(CORE) $(BINARIES)/vicar-pack $(if $(wildcard $(PRECOMPILED)),,FORCE)
	@$(BINARIES)/vicar-pack $(CORE) --target $(HOST) --component $(COMPONENT) --precompiled $(PRECOMPILED)
	@touch $@

$(EXCHANGE_PACKED): $(EXCHANGE_CORE) $(BINARIES)/vicar-pack $(if $(wildcard $(EXCHANGE_PRECOMPILED)),,FORCE)
	@$(BINARIES)/vicar-pack $(EXCHANGE_CORE) --exchange --target $(HOST) \
		--component $(EXCHANGE) --precompiled $(EXCHANGE_PRECOMPILED)
	@touch $@

$(ALONE): $(ALONE_CORE) $(BINARIES)/vicar-pack
	@$(BINARIES)/vicar-pack $(ALONE_CORE) --alone --component $@
	@touch $@

.PHONY: filter
filter: $(FILTER)

$(FILTER): $(FILTER_CORE) $(BINARIES)/vicar-pack
	@$(BINARIES)/vicar-pack-filter $(FILTER_CORE) --output $@ --image $(FILTER_IMAGE)

$(FILTER_CORE): $(FILTER_GUEST)
	@tools/optimise.sh $< $@ "-Oz --converge"

$(FILTER_GUEST): FORCE tools
	@tools/wasm.sh vicar-envoy $(FILTER_SIZED)
	@cmp -s $(FILTER_BUILT) $@ || cp $(FILTER_BUILT) $@

# An exchange waits for the network: size counts here, not speed.
$(EXCHANGE_CORE): $(EXCHANGE_GUEST)
	@tools/optimise.sh $< $@ -Oz

$(CORE): $(GUEST)
	@tools/optimise.sh $< $@

$(ALONE_CORE): $(ALONE_GUEST)
	@tools/optimise.sh $< $@

# Cargo knows best whether these are up to date; their time is left alone when they are.
$(GUEST): FORCE tools
	@tools/wasm.sh vicar-component
	@cmp -s $(BUILT) $@ || cp $(BUILT) $@

$(EXCHANGE_GUEST): FORCE tools
	@tools/wasm.sh vicar-exchange-component
	@cmp -s $(EXCHANGE_BUILT) $@ || cp $(EXCHANGE_BUILT) $@

# Cargo gives the same package with a feature more the same name, so it is built after the other.
$(ALONE_GUEST): $(GUEST) FORCE
	@tools/wasm.sh vicar-component --features alone
	@cmp -s $(BUILT) $@ || cp $(BUILT) $@

$(BINARIES)/vicar-pack: FORCE tools
	@$(CARGO) build --quiet --profile $(PROFILE) $(UNIFIED) --bin vicar-pack --bin vicar-pack-filter

.PHONY: envoy
envoy: tools
	@tools/envoy.sh

.PHONY: clients
clients: tools
	@tools/clients.sh

.PHONY: kubernetes
kubernetes: tools
	@tools/kubernetes.sh

.PHONY: tools
tools:
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: see https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || tools/packages.sh gcc libc6-dev

.PHONY: FORCE
FORCE:
