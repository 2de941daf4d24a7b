# Checks of the source, which run side by side (make -j lint). What is checked file by file leaves a mark in build/check, and is
# checked again once it, or a header, has changed.

HEADERS := $(wildcard src/*/*.h include/*.h tests/*/*.h)
C_FILES := $(wildcard src/*.c src/*/*.c tests/*/*.c tools/*/*.c) $(HEADERS)
FORMATTED := $(C_FILES) $(wildcard third_party/curves/*.[ch] third_party/curves/openssl/*.h)
CHECKED := $(filter-out tests/proof/%,$(filter %.c,$(C_FILES)))
CHECKED_32 := $(if $(filter x86_64-%,$(MACHINE)),$(filter src/%,$(CHECKED)))
LINT_FLAGS = $(STANDARD) $(INCLUDES) -Itests -Itests/fuzz $(MBEDTLS_FLAGS)
SHELL_FILES := \
    .ci/run \
    bootstrap \
    contrib/alpine/APKBUILD \
    packaging/debian/pinetoken.postinst \
    packaging/debian/pinetoken.postrm \
    packaging/debian/pinetoken.prerm \
    tests/proof/get \
    third_party/curves/take \
    third_party/get \
    third_party/musl/build \
    third_party/wycheproof/take \
    third_party/roots/renew \
    tools/check-kubernetes \
    tools/cross \
    tools/deb \
    tools/device-kernel \
    tools/in-debian

# Off: parameters that could point to const, where the type is a callback's, or what they lead to is changed (Debian 13's
# cppcheck); and notes about its own limits.
CPPCHECK_OFF := missingIncludeSystem constParameterPointer constParameterCallback normalCheckLevelMaxBranches

.PHONY: lint check-format check-warnings check-tidy check-cppcheck check-layers check-shell check-words
lint: check-format check-warnings check-tidy check-cppcheck check-layers check-shell check-words ## run every check of the source

check-format: ## clang-format has nothing to change
	$(Q)clang-format --dry-run --Werror $(FORMATTED)
check-warnings: $(CHECKED:%=build/check/gcc/%) $(CHECKED:%=build/check/clang/%) $(CHECKED_32:%=build/check/gcc32/%) ## gcc and clang warn of nothing
check-tidy: $(patsubst %,build/check/tidy/%,$(filter src/%,$(CHECKED))) ## clang-tidy finds nothing
check-cppcheck: ## cppcheck finds nothing
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,style,performance,portability \
	    --inline-suppr $(CPPCHECK_OFF:%=--suppress=%) -D_GNU_SOURCE $(INCLUDES) src
check-layers: ## every file includes only what its layer may
	$(Q)$(PYTHON) tools/check_layers.py
check-shell: ## shellcheck finds nothing
	$(Q)shellcheck $(SHELL_FILES)
check-words: ## code, tests and docs use none of the words that were given up
	$(Q)$(PYTHON) tools/check_words.py

build/check/gcc/%: % $(HEADERS) mk/flags.mk | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D)
	$(Q)gcc $(LINT_FLAGS) $(WARNINGS) -O1 -fsyntax-only $< && touch $@
build/check/clang/%: % $(HEADERS) mk/flags.mk | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D)
	$(Q)clang $(LINT_FLAGS) $(WARNINGS) -O1 -fsyntax-only $< && touch $@
# Sizes of 32 bits. The headers are those of 64, which ask for one that only libc6-dev-i386 has.
build/check/gcc32/%: % $(HEADERS) mk/flags.mk | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D) build/check/headers32/gnu
	@[ -e build/check/headers32/gnu/stubs-32.h ] || touch build/check/headers32/gnu/stubs-32.h
	$(Q)gcc -m32 -idirafter build/check/headers32 -idirafter /usr/include/$(MACHINE) $(LINT_FLAGS) $(WARNINGS) -O1 -fsyntax-only $< && touch $@
build/check/tidy/%: % $(HEADERS) .clang-tidy | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(LINT_FLAGS) 2> $@.log && touch $@ || { cat $@.log >&2; exit 1; }

# For editors: the commands by which each file is compiled.
compile_commands.json: tools/compile_commands.py mk/sources.mk mk/flags.mk | $(MBEDTLS_DIR)/.version ## for clangd and other tools
	$(Q)$(PYTHON) tools/compile_commands.py $(CHECKED) -- $(CC) $(LINT_FLAGS) $(WARNINGS) > $@
