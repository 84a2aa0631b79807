# The door to everything. Each target installs what it misses from Debian and PyPI and says what and why.
#
#   make run       the release build and the showcase: an ephemeral node and a hundred agents
#   make test      everything that CI checks, in one debug build
#   make release   every program in .build/release/
#   make soak      the long tests, PART=name for one of them; without PART their names
#   make bench     measurements beside their peers, printed as ratios
#   make generate  the Swift that is generated from schema/
#   make format    the house's format, in place
#   make clean     forgets what was built and what was installed into this folder

# C at -O2 also in debug builds: signatures are unbearably slow otherwise. One set of flags, so that nothing is built twice.
DEBUG_FLAGS = -Xcc -O2
# Where a release is built; the programs end up in .build/release whatever it is.
SCRATCH ?= .build
PROGRAMS = hanzod hanzo-dev capnpc-swift zap-peer simulate
# What `make run` passes to `hanzod dev`.
ARGS ?= --agents 100

.PHONY: run test release soak bench generate format clean

run: release
	.build/release/hanzod dev $(ARGS)

test:
	Scripts/step "install" Scripts/install-dependencies test
	Scripts/step "build" swift build $(DEBUG_FLAGS) --build-tests
	if [ -x Scripts/generate ]; then Scripts/step "generated code is current" Scripts/generate --check; fi
	Scripts/step "swift package generate-capnp" Scripts/test-plugin $(DEBUG_FLAGS)
	Scripts/step "instructions" Scripts/instructions
	Scripts/test $(DEBUG_FLAGS)

release:
	Scripts/install-dependencies build
	for program in $(PROGRAMS); do swift build -c release --scratch-path $(SCRATCH) --product $$program || exit 1; done
	if [ ! $(SCRATCH)/release -ef .build/release ]; then \
		mkdir -p .build/release && cp $(addprefix $(SCRATCH)/release/,$(PROGRAMS)) .build/release/; \
	fi

soak:
	@if [ -x "Scripts/soak/$(PART)" ] && [ -n "$(PART)" ]; then exec "Scripts/soak/$(PART)"; \
	else echo "make soak PART=one of:" $$(ls Scripts/soak 2>/dev/null) >&2; exit 2; fi

bench:
	Scripts/install-dependencies test
	Scripts/bench $(PART)

generate:
	Scripts/install-dependencies test
	Scripts/generate

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests

clean:
	rm -rf .build .build-*
