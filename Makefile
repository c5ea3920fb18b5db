# SPDX-License-Identifier: GPL-2.0
# The front door: each target calls one tool of harness/.

ARCH ?=
ARCHES := $(or $(ARCH),x86_64 arm64 arm)
H := harness

.DEFAULT_GOAL := help
.PHONY: help deps tree build boot demo kunit selftest test test-full bisect \
	bench check-quick check refresh series install rebase clean

help: ## this text
	@echo "usage: make TARGET [ARCH=x86_64|arm64|arm]"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

deps: ## install what is missing (apt, as root) or say how
	@sh $(H)/deps

# A tree with work in it that is not refreshed is refused, unless KEEP_TREE=1.
tree: deps ## fetch the base, compose build/linux out of it and the series
	@if [ -n "$(KEEP_TREE)" ] && [ -d build/linux ]; then \
		echo "tree: build/linux is used as it is"; \
	else \
		$(H)/queue fetch && $(H)/queue compose; \
	fi

build: tree ## build the kernels
	@set -e; for a in $(ARCHES); do $(H)/build $$a; done

boot: build ## boot them, power off again
	@set -e; for a in $(ARCHES); do $(H)/boot $$a; done

demo: deps ## real modules, BPF, probes: who holds which memory (ARCH: x86_64; arm*: FAR=1)
	@$(H)/demo $(ARCH)

kunit: tree ## our KUnit suites, under UML
	@$(H)/kunit

selftest: build ## our kselftests, in the guests
	@$(H)/selftest $(ARCHES)

test: tree ## the gate: everything that has to pass, 60 minutes at most
	@$(H)/test $(ARCH)

test-full: tree ## the matrix: debug kernels, variants, other architectures
	@sh $(H)/deps full
	@$(H)/test-full

bisect: tree ## each patch builds, and boots on x86_64
	@$(H)/bisect

bench: tree ## instructions, memory and TLB flushes, beside the stock base
	@sh $(H)/deps bench
	@bench/run
	@case '$(ARCH)' in \
	''|x86_64) bench/workload ;; \
	*) bench/calls $(ARCH) && bench/veneers $(ARCH) ;; \
	esac

check-quick: ## queue rules and linters, under 30 s
	@$(H)/check --quick

check: tree ## checkpatch, W=1, sparse, kernel-doc, shellcheck and the rest
	@sh $(H)/deps full
	@$(H)/check

refresh: ## write the commits of build/linux back to patches/ and files
	@$(H)/queue refresh

series: tree ## mails and one combined diff in dist/
	@$(H)/queue export

install: deps ## put the series on top of DEST=<a 6.1 git tree>
	@test -n "$(DEST)" || { echo "make install needs DEST=<a 6.1 git tree>" >&2; exit 2; }
	@$(H)/queue apply "$(DEST)"

rebase: deps ## move the series to BASE=<version of linux-source-6.1>
	@test -n "$(BASE)" || { echo "make rebase needs BASE=<version>" >&2; exit 2; }
	@$(H)/queue rebase "$(BASE)"

clean: ## remove kernel builds and logs; the composed tree and caches stay
	@rm -rf build/o-* build/logs build/gate build/test-full dist
