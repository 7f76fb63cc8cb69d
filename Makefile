# Everything runs from here; `make` alone lists the targets. The hosted CI runs `make test` and `make deny`; for a
# release, `make test` and `make package`.

CARGO := cargo
export CARGO_TARGET_DIR := $(CURDIR)/target
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-browser build demo test proof fuzz bench scale cost lint deny actions fmt package package-twice clean-local

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1#\2/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## Install what the stand-ins need: a Python environment, OpenSearch, charts (into target/local)
	@local/setup/system.sh
	@local/setup/python.sh
	@local/setup/opensearch.sh
	@local/setup/charts.sh

setup-browser: ## Install a headless browser, which only tests need
	@local/setup/browser.sh

build: setup ## Build the programs for this machine
	$(CARGO) build --locked --workspace --bins

demo: setup build target/demo/transform.zip ## Onboard an organization and send its logs to S3 and OpenSearch, on this machine
	@# Not by cargo run: for one package alone it would choose other features and build anew.
	@target/debug/local demo $(ARGS)

test: setup setup-browser lint ## Formatting, lints, unit, contract and end-to-end tests, a little fuzzing: what CI runs beside deny
	@# The programs with the features that the tests choose: by `build`, most dependencies would be built twice.
	$(CARGO) build --locked --workspace --all-targets
	$(CARGO) test --locked --workspace --doc
	$(CARGO) test --locked --workspace --all-targets --no-fail-fast

proof: build ## Each AWS call of a full apply, a change and destroy with each fault, not only one of each class
	TRIBUTARY_PROOF=full $(CARGO) test --locked --workspace --test bootstrap_matrix

MINUTES := 15
fuzz: ## Fuzz the function: MINUTES=15 for each target, TARGETS="event payload" for some of them
	@transform/fuzz/run.sh $(MINUTES) $(TARGETS)

bench: ## Measure the function beside its floor: ARGS="--dataset cloudtrail --rounds 500"
	$(CARGO) bench --locked --package transform --bench invocation -- $(ARGS)

ACCOUNTS := 1000
scale: ## Measure bootstrap over an organization of ACCOUNTS=1000 in a stand-in as slow as AWS
	$(CARGO) build --locked --workspace --bins
	@target/debug/scale $(ACCOUNTS)

cost: build ## What a TB of logs costs in AWS, by what the function makes of the corpus and AWS's list prices
	@python3 local/cost.py target/debug/reshape

lint: setup ## Check formatting and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	target/local/lints/bin/cargo-deny --locked --log-level error check licenses bans sources

deny: setup ## Licences, sources and known vulnerabilities of the dependencies (needs the network)
	target/local/lints/bin/cargo-deny --locked check

ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
actions: ## Check the workflows of the hosted CI (needs Go)
	go run $(ACTIONLINT)

fmt: ## Format the code
	$(CARGO) fmt --all

ARCHITECTURES := arm64 x86_64
package: ## Build the functions' zips, and bootstrap, replay and reshape, into target/package: ARCHITECTURES="arm64 x86_64"
	@local/setup/system.sh
	@local/setup/python.sh package
	@local/setup/package.sh target/package $(ARCHITECTURES)

package-twice: ## Build the packages in two other folders and compare every byte
	@local/setup/system.sh
	@local/setup/python.sh package
	@local/setup/package-twice.sh $(ARCHITECTURES)

clean-local: ## Remove what set-up installed and the stand-ins wrote
	rm -rf target/local

# Cargo decides whether the binary is up to date; the zip follows the binary.
target/demo/transform: FORCE
	$(CARGO) build --locked --profile $(notdir $(@D)) --package $(@F) --bin $(@F)

target/%.zip: target/% local/setup/zip.py
	python3 local/setup/zip.py $< $@

FORCE:
