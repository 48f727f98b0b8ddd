# Everything a person does with Lector, by name. `make help` lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
PDF ?= tests/samples/*.pdf
FORMAT ?= text
PYTEST_ARGS ?=
export PDF FORMAT

BIN := .venv/bin
READY := .venv/.ready
FUNCTIONS := $(patsubst functions/%/main.py,%,$(sort $(wildcard functions/*/main.py)))
IMAGES := $(FUNCTIONS) bridge tesseract

.PHONY: help setup demo web page-if-possible languages languages-if-possible browser up dev stop down clean test-fast test test-all chaos check format generate contracts-release lock bench

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv and install the locked dependencies

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there; say make PYTHON=/path/to/python3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lector needs Python 3.11 or newer; say make PYTHON=python3.12" >&2; exit 1; }
	@echo "installing the dependencies into .venv; this happens once" >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
	@touch $(READY)

demo: $(READY) ## Read the samples, or PDF=file-or-folder (PDFs, images), FORMAT=text|markdown|json
	@$(BIN)/python -m lector.cli ocr --temporary --format "$$FORMAT" -- "$$PDF"

PAGE := functions/upload/static/index.html
NODE_MODULES := web/node_modules/.package-lock.json

web: $(PAGE) ## Build the page; with Node from the package index where there is none

$(PAGE): $(NODE_MODULES) functions/upload/openapi.json $(wildcard examples/quickstart.*) $(shell find web/src web/client web/public web/*.html web/*.ts web/*.json -type f)
	@echo "building the page" >&2
	@web/npm.sh run --silent build -- --logLevel warn >&2

$(NODE_MODULES): web/package-lock.json web/.npmrc | $(READY)
	@echo "installing the page's dependencies; this happens once" >&2
	@web/npm.sh ci --silent >&2
	@touch $@

# Where no packages can be had for it, Lector works without its page.
page-if-possible: $(READY)
	@$(MAKE) --no-print-directory web || echo "the page is not built; the API works without it" >&2

LANGUAGES ?= spa
languages: $(READY) ## Fetch languages for the embedded reader; LANGUAGES="spa fra deu por ita"
	@$(BIN)/python -m lector.cli languages add $(LANGUAGES)

# Where no packages can be had for them, Lector reads English.
languages-if-possible: $(READY)
	@$(BIN)/python -m lector.cli languages add --quiet $(LANGUAGES) || echo "pages are read in the languages that are there; try again: make languages" >&2

browser: $(READY) ## Install a Chromium for the tests of the page, if there is none
	@tests/browser.sh

up: $(READY) page-if-possible languages-if-possible ## Start Lector in the background; PORT=8080
	@$(BIN)/python -m lector.cli up --detach $(if $(PORT),--port $(PORT))

dev: $(READY) page-if-possible languages-if-possible ## Start Lector in the foreground; a saved file is live in a moment
	@$(BIN)/python -m lector.cli up --reload $(if $(PORT),--port $(PORT))

stop: $(READY) ## Stop it; the data stays
	@$(BIN)/python -m lector.cli stop

down: $(READY) ## Stop it and DELETE its data, after asking; YES=1 does not ask
	@$(BIN)/python -m lector.cli down $(if $(YES),--yes)

clean: ## Remove .venv and everything generated; never data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis web/node_modules functions/upload/static docs/site docs/building/pages docs/building/node_modules .venv-docs examples/*/.venv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

test-fast: $(READY) ## Run the unit tests, which need nothing but Python (about a minute)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" tests/unit $(PYTEST_ARGS)

# Tests wait for a third of their time, for processes to start, to end and to be given up: one worker
# more than processors uses it. What takes long, that which starts a Lector, begins first.
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

test: $(READY) page-if-possible languages-if-possible ## Run the tests on embedded real parts (under ten minutes); WORKERS=3
	@[ ! -f $(PAGE) ] || web/npm.sh test --silent >&2
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: $(READY) page-if-possible languages-if-possible ## Run all tests, also the slow ones
	@[ ! -f $(PAGE) ] || web/npm.sh test --silent >&2
	@$(PYTEST) $(PYTEST_ARGS)

FILES ?= 20
PAGES ?= 10
SECONDS ?= 90
TEXT_LAYER ?= never
chaos: $(READY) ## Kill and disturb everything while PDFs are read; FILES=20 PAGES=10 SECONDS=90 SEED=n WITHOUT=kinds TEXT_LAYER=never|auto
	@$(BIN)/python -m tests.chaos --files "$(FILES)" --pages "$(PAGES)" --seconds "$(SECONDS)" --text-layer "$(TEXT_LAYER)" $(if $(SEED),--seed "$(SEED)") $(if $(WITHOUT),--without "$(WITHOUT)")

check: $(READY) $(NODE_MODULES) ## Lint, type-check, hold the contracts, and see that generated files are current
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary lector functions tools benchmarks tests examples
	@$(BIN)/buf lint contracts
	@$(BIN)/buf breaking contracts --against contracts/released.json
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && mkdir "$$fresh/contracts" "$$fresh/docs" && \
	  $(MAKE) --no-print-directory generate OUT="$$fresh/contracts" MANIFESTS="$$fresh/knative" CONTRACT="$$fresh/openapi.json" TYPES="$$fresh/schema.d.ts" DOCS="$$fresh/docs" && \
	  (cd "$$fresh/docs" && ls) | while read -r page; do diff "docs/$$page" "$$fresh/docs/$$page" || exit 1; done && \
	  diff functions/upload/openapi.json "$$fresh/openapi.json" && \
	  diff web/client/schema.d.ts "$$fresh/schema.d.ts" && \
	  diff -r --exclude=__init__.py --exclude=__pycache__ lector/contracts "$$fresh/contracts" && \
	  (cd "$$fresh/knative" && find . -type f) | while read -r file; do \
	    diff "knative/$$file" "$$fresh/knative/$$file" || exit 1; done || \
	  { echo "generated files are stale: run make generate" >&2; exit 1; }
	@$(BIN)/python -m tools.catalogue_check
	@$(BIN)/python -m tools.private_names
	@web/npm.sh run --silent check
	@echo "check: clean"

format: $(READY) ## Format the code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

OUT ?= lector/contracts
MANIFESTS ?= knative
CONTRACT ?= functions/upload/openapi.json
TYPES ?= web/client/schema.d.ts
DOCS ?= docs
generate: $(READY) $(NODE_MODULES) ## Generate code from the contracts, manifests from the func.yaml files
	@$(BIN)/python -m grpc_tools.protoc -Icontracts "--python_out=$(OUT)" "--pyi_out=$(OUT)" contracts/events.proto
	@$(BIN)/python -m tools.manifests "$(MANIFESTS)"
	@$(BIN)/python -m tools.catalogue "$(DOCS)"
	@$(BIN)/python -m tools.configuration "$(DOCS)"
	@$(BIN)/python -m tools.openapi "$(CONTRACT)"
	@web/npm.sh exec -- openapi-typescript "$(abspath $(CONTRACT))" --default-non-nullable false --output "$(abspath $(TYPES))" >/dev/null

.PHONY: pictures
pictures: $(READY) web ## Take the pictures of README and docs anew; VIEWS=folder takes all views in three widths and both schemes
	@$(BIN)/python -m tools.pictures $(VIEWS)

.PHONY: docs
DOCS_BIN := .venv-docs/bin
DOCS_MODULES := docs/building/node_modules/.package-lock.json
docs: $(READY) $(DOCS_BIN)/.ready $(DOCS_MODULES) ## Build these docs as a site that works from the disk: docs/site/index.html
	@$(BIN)/python -m tools.docs_pages
	@NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build --config-file docs/building/mkdocs.yml
	@echo "open docs/site/index.html"

$(DOCS_BIN)/.ready: docs/building/requirements.lock | $(READY)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-docs
	@$(BIN)/uv pip install --quiet --python $(DOCS_BIN)/python --require-hashes -r docs/building/requirements.lock
	@touch $@

$(DOCS_MODULES): docs/building/package-lock.json | $(READY)
	@web/npm.sh --prefix ../docs/building ci --silent >&2
	@touch $@

contracts-release: $(READY) ## Make today's contract the one that changes must not break
	@$(BIN)/buf build contracts --exclude-source-info -o contracts/released.json

COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --quiet
lock: $(READY) ## Resolve the dependencies anew: requirements.lock, and what each image holds of them
	@$(COMPILE) pyproject.toml --extra dev --upgrade -o requirements.lock
	@$(MAKE) --no-print-directory image-locks example-locks

EXAMPLES := $(patsubst examples/%/requirements.in,%,$(wildcard examples/*/requirements.in))
.PHONY: example-locks
example-locks: $(READY) # of examples that need what Lector does not
	@for name in $(EXAMPLES); do \
	  $(COMPILE) pyproject.toml examples/$$name/requirements.in --upgrade -c requirements.lock --no-annotate \
	    -o examples/$$name/requirements.lock || exit 1; \
	done

LOCKS ?= .
.PHONY: image-locks
image-locks: $(READY) # from requirements.lock, so that images hold what was tested
	@for name in $(IMAGES); do \
	  folder=functions/$$name; [ -d $$folder ] || folder=lector/$$name; \
	  mkdir -p $(LOCKS)/$$folder; rm -f $(LOCKS)/$$folder/requirements.txt; \
	  $(BIN)/python -m tools.image_requirements $$name | \
	    $(COMPILE) - -c requirements.lock --no-annotate -o $(LOCKS)/$$folder/requirements.txt || exit 1; \
	done
	@rm -f $(LOCKS)/requirements-local.lock
	@$(COMPILE) pyproject.toml --extra local -c requirements.lock --no-annotate -o $(LOCKS)/requirements-local.lock

.PHONY: rootfs image push
rootfs: ## The files of an image's app layer, without a container engine; FUNCTION=render DIR=…
	@test -n "$(FUNCTION)" -a -n "$(DIR)" || { echo "say which and where: make rootfs FUNCTION=render DIR=/tmp/render" >&2; exit 2; }
	@knative/rootfs.sh "$(FUNCTION)" "$(DIR)" "$(PYTHON)"

.PHONY: manifests known-function deploy rollback undeploy cluster-demo
export REGISTRY TAG BASE OVERLAY COMPONENTS NAMESPACE DEPLOYER URL ENGINE BUILD_ARGS PUSH_ARGS PLATFORMS ATTEST PUBLISHED VERSION REVISION SOURCE
image: web ## Build images with docker, podman or buildah; FUNCTION=render (all), REGISTRY=… TAG=… BASE=… PLATFORMS=…
	@knative/images.sh build $(or $(FUNCTION),$(IMAGES))

push: ## Push them; their digests are noted in .images/
	@knative/images.sh push $(or $(FUNCTION),$(IMAGES))

manifests: $(READY) ## The Kubernetes manifests of OVERLAY=quickstart|production|broker, on stdout
	@knative/deploy.sh render

# Before anything is built.
known-function:
	@knative/deploy.sh known $(FUNCTION)

deploy: known-function $(READY) web ## Build, push and deploy to the cluster of kubectl; FUNCTION=render (all)
	@knative/deploy.sh up $(FUNCTION)

rollback: known-function $(READY) ## Send traffic back to the revision before; FUNCTION=render (all that the last deploy changed)
	@knative/deploy.sh rollback $(FUNCTION)

cluster-demo: $(READY) ## Read the sample PDFs, or PDF=…, on the cluster
	@knative/deploy.sh demo

STAGES ?=
PDFS ?=
BEFORE ?=
CLUSTER_ARGS ?=
.PHONY: cluster-test cluster-bench cluster-here
cluster-test: $(READY) ## Hold Lector against the cluster of kubectl, in a namespace of its own; STAGES=a,b PDFS=DIR BEFORE=COMMIT CLUSTER_ARGS=--keep|--list
	@$(BIN)/python -m tests.cluster $(if $(STAGES),--stages "$(STAGES)") $(if $(PDFS),--pdfs "$(PDFS)") $(if $(BEFORE),--before "$(BEFORE)") $(CLUSTER_ARGS)

cluster-bench: $(READY) ## Measure there how a sleeping Lector wakes, against a bare function (n = 5)
	@$(BIN)/python -m tests.cluster --bench $(CLUSTER_ARGS)

cluster-here: $(READY) # whether cluster-test could be run
	@$(BIN)/python -m tests.cluster --is-there

undeploy: $(READY) ## Remove Lector from the cluster and DELETE its data
	@knative/deploy.sh down

.PHONY: release-check wheel publish-wheel kubeconfig
release-check: check ## Hold what a release needs: versions, locks, wheels for both processors, manifests; VERSION=0.2.0
	@$(BIN)/python -m tools.release_check version $(VERSION)
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && cp requirements.lock "$$fresh/" && \
	  $(COMPILE) pyproject.toml --extra dev -o "$$fresh/requirements.lock" && \
	  $(MAKE) --no-print-directory image-locks LOCKS="$$fresh" && \
	  (cd "$$fresh" && find . -type f) | while read -r lock; do \
	    diff "$$lock" "$$fresh/$$lock" || exit 1; done || \
	  { echo "locks are stale: run make lock" >&2; exit 1; }
	@$(BIN)/python -m tools.release_check wheels
	@for overlay in knative/overlays/*/; do \
	  OVERLAY=$$(basename $$overlay) knative/deploy.sh render >/dev/null || exit 1; done
	@$(MAKE) --no-print-directory wheel
	@echo "release-check: clean"

wheel: $(READY) web ## Build the Python package into dist/
	@rm -f dist/*.whl # publish-wheel sends all that are there
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

publish-wheel: $(READY) # to the index that UV_PUBLISH_URL says, as whoever runs it
	@$(BIN)/uv publish dist/*.whl

kubeconfig: # of KUBECONFIG_DATA, where KUBECONFIG says: the secret of a workflow is no file
	@test -n "$$KUBECONFIG_DATA" || { echo "KUBECONFIG_DATA is empty: has this environment that secret?" >&2; exit 2; }
	@test -n "$$KUBECONFIG" -a ! -e "$$KUBECONFIG" || { echo "KUBECONFIG names no new file" >&2; exit 2; }
	@umask 077 && mkdir -p "$$(dirname "$$KUBECONFIG")" && printenv KUBECONFIG_DATA > "$$KUBECONFIG"

bench: $(READY) ## Measure, one JSON line for each figure
	@$(BIN)/python -m benchmarks

.PHONY: bench-reading
bench-reading: $(READY) ## Measure how well pages are read (five minutes on two cores); ARGS="--pages 40 --against DIR"
	@$(BIN)/python -m benchmarks reading $(ARGS)

.PHONY: bench-verified
bench-verified: $(READY) ## Measure whether words find their places, and wrong texts their doubts (ten minutes on two cores); ARGS="--pages 6"
	@$(BIN)/python -m benchmarks verified $(ARGS)

REF ?=
.PHONY: bench-against
bench-against: $(READY) ## Measure what a page costs here and at another commit, in turn (eight minutes); REF=a5f0960 ARGS="--rounds 3"
	@test -n "$(REF)" || { echo "say against which commit: make bench-against REF=a5f0960" >&2; exit 2; }
	@$(BIN)/python -m benchmarks against "$(REF)" $(ARGS)

.PHONY: bench-large
bench-large: $(READY) ## Measure whether the last of many pages costs what the first did; PAGES=5000 (100,000 by default: hours)
	@PAGES=$(or $(PAGES),100000) $(BIN)/python -m benchmarks many_pages

.PHONY: bench-profile
bench-profile: $(READY) ## Draw where the processor time of a page goes; ARGS="--svg docs/pictures/performance.svg --pictures"
	@$(BIN)/python -m benchmarks profile $(ARGS)
