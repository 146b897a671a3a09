# fn9s: one line of intent per target. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go
BIN := bin
CLUSTER ?= fn9s
TEST_CLUSTER ?= fn9s-test
DEVCLUSTER := $(BIN)/devcluster

export GOTOOLCHAIN := local
# Static binaries. With cgo the linker would keep every method of every Kubernetes type, because kustomize could load
# plugins: 80 MB instead of 40. Tests need cgo for -race.
STATIC := CGO_ENABLED=0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DATE ?= $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)

LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)

# The program is to be small. What is called seldom, or waits for a network or a person, is not inlined: that saves 3 MB.
COLD := k8s.io/... sigs.k8s.io/... gopkg.in/... go.yaml.in/... golang.org/x/... github.com/... google.golang.org/protobuf/internal/... \
  net/http/... crypto/tls crypto/x509 html/template text/template/... encoding/xml
HOT := github.com/fn9s/... github.com/charmbracelet/... github.com/clipperhouse/... github.com/mattn/... github.com/rivo/... github.com/BobuSumisu/... github.com/sahilm/...
SELDOM := $(addprefix github.com/fn9s/fn9s/,cmd/... kube/change/... kube/deploy/... kube/edit/... kube/formats/... kube/mend/... \
  kube/plan/... kube/rest/... kube/rotate/... kube/tighten/... kube/workshop/... views/deploy/... views/plan/... views/rotate/...)
SMALLER := $(foreach p,$(COLD),-gcflags='$(p)=-l') $(foreach p,$(HOT),-gcflags='$(p)=') $(foreach p,$(SELDOM),-gcflags='$(p)=-l')

# Its tests hold what a user waits for: nothing runs beside them.
E2E := ./cmd/fn9s/e2e

# vet has a turn of its own. A program with the race detector sleeps for a second when it ends: over a hundred packages
# that is minutes.
TEST := $(GO) test -vet=off
export GORACE ?= atexit_sleep_ms=20

# Packages whose tests put a load on a cluster; they run without -race, which would measure the race detector.
SCALE := ./cmd/fn9s/scale/...

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build fn9s and devcluster into bin/
	$(STATIC) $(GO) build -trimpath $(SMALLER) -ldflags '$(LDFLAGS)' -o $(BIN)/fn9s ./cmd/fn9s
	cd cmd/devcluster && $(STATIC) $(GO) build -trimpath -o $(abspath $(BIN))/devcluster .

$(DEVCLUSTER): build

.PHONY: demo
demo: build cluster ## build everything, start the cluster with sample functions, open the console on it
	@config=$$($(DEVCLUSTER) kubeconfig --name $(CLUSTER)) && \
	  $(BIN)/fn9s --kubeconfig "$$config" --config "$$(dirname "$$config")/config.yaml" -A

.PHONY: cluster
cluster: build ## start the seeded cluster (idempotent)
	$(DEVCLUSTER) up --seed --name $(CLUSTER)

.PHONY: cluster-down
cluster-down: build ## stop the cluster and remove its data
	$(DEVCLUSTER) down --name $(CLUSTER)

.PHONY: kubeconfig
kubeconfig: build ## print the path of the cluster's kubeconfig
	@$(DEVCLUSTER) kubeconfig --name $(CLUSTER)

.PHONY: kubectl-path
kubectl-path: build ## print the path of a kubectl of the cluster's version
	@$(DEVCLUSTER) kubectl-path

.PHONY: check
check: fmt-check vet lint unit ## the quick loop: format, vet, lint, unit tests

.PHONY: fmt
fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

.PHONY: fmt-check
fmt-check:
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "not formatted (make fmt):"; echo "$$out"; exit 1; fi

.PHONY: vet
vet:
	$(GO) vet ./...
	cd cmd/devcluster && $(GO) vet ./...

.PHONY: lint
lint:
	$(GO) tool staticcheck ./...
	cd cmd/devcluster && $(GO) tool -modfile=../../go.mod staticcheck ./...

.PHONY: unit
unit:
	$(GO) test ./...
	cd cmd/devcluster && $(GO) test ./...

.PHONY: test
test: chromium fmt-check vet lint build test-cluster ## everything that must pass
	@status=0; \
	export FN9S_TEST_KUBECONFIG=$$($(DEVCLUSTER) kubeconfig --name $(TEST_CLUSTER)) FN9S_TEST_REQUIRE=1 \
	  FN9S_TEST_DEVCLUSTER=$(abspath $(DEVCLUSTER)); \
	$(TEST) -race -p 2 -parallel 4 -timeout 25m $$($(GO) list ./... | grep -v '/cmd/fn9s/scale\|/cmd/fn9s/e2e') || status=1; \
	$(TEST) -race -timeout 15m $(E2E) || status=1; \
	$(TEST) -count=1 -timeout 10m $(SCALE) || status=1; \
	$(TEST) -count=1 -run TestAChangedRight ./kube/board || status=1; \
	(cd cmd/devcluster && $(TEST) -race ./...) || status=1; \
	$(DEVCLUSTER) down --name $(TEST_CLUSTER) || status=1; \
	exit $$status
	$(MAKE) dist-check

.PHONY: test-cluster
test-cluster: build
	$(DEVCLUSTER) up --seed --name $(TEST_CLUSTER)

# A browser without a screen, for the test of the HTML report.
.PHONY: chromium
chromium:
	@for b in chromium-headless-shell headless-shell chromium chromium-browser google-chrome \
	    /Applications/Chromium.app/Contents/MacOS/Chromium "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do \
	  command -v "$$b" >/dev/null && exit 0; \
	done; \
	root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null && $$root apt-get update -q; then \
	  package=chromium; apt-cache show chromium-headless-shell >/dev/null 2>&1 && package=chromium-headless-shell; \
	  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$package fonts-dejavu-core; \
	else \
	  echo "the test of the HTML report needs a Chromium; install one, on Debian with:" >&2; \
	  echo "  sudo apt-get install chromium-headless-shell" >&2; exit 1; \
	fi

.PHONY: bench
bench: ## benchmarks of the hot paths
	$(GO) test -run '^$$' -bench . -benchmem ./ui/... ./views/... ./kube/...

.PHONY: figures
figures: build ## every figure that is promised, a line each with its budget (half an hour; FIGURES=--quick: minutes)
	$(GO) run ./cmd/figures --devcluster $(DEVCLUSTER) --fn9s $(BIN)/fn9s $(FIGURES)

.PHONY: screenshots
screenshots: build cluster rsvg-convert ## draw the pictures anew: of the built-in samples, and of the seeded cluster with a recording
	$(GO) run ./cmd/screenshots --fn9s $(BIN)/fn9s --kubeconfig $$($(DEVCLUSTER) kubeconfig --name $(CLUSTER))

.PHONY: rsvg-convert
rsvg-convert:
	@command -v rsvg-convert >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && apt-get install -qy --no-install-recommends librsvg2-bin fonts-dejavu-core; \
	else \
	  echo "pictures need rsvg-convert and the font DejaVu Sans Mono; install them, on Debian and Ubuntu with:" >&2; \
	  echo "  sudo apt-get install librsvg2-bin fonts-dejavu-core" >&2; exit 1; \
	fi

.PHONY: docs
docs: ## write the generated parts of the README anew
	$(GO) test ./cmd/fn9s/e2e -run '^TestTheReadmeNamesEveryKey$$' -update

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: dist
dist: ## release binaries of all platforms, with checksums, in dist/
	@rm -rf dist && mkdir -p dist
	@for p in $(PLATFORMS); do \
	  os=$${p%/*} arch=$${p#*/}; out=dist/fn9s-$$os-$$arch; [ $$os = windows ] && out=$$out.exe; \
	  echo "$$out"; \
	  $(STATIC) GOOS=$$os GOARCH=$$arch $(GO) build -trimpath $(SMALLER) -ldflags '$(LDFLAGS)' -o $$out ./cmd/fn9s || exit 1; \
	  size=$$(stat -c %s $$out); if [ $$size -gt $$((60*1024*1024)) ]; then echo "$$out has $$size bytes, more than 60 MiB"; exit 1; fi; \
	done
	@cd dist && sha256sum fn9s-* > SHA256SUMS && cat SHA256SUMS

.PHONY: dist-check
dist-check: dist
