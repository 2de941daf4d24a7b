# pinetoken. `make help` lists the targets.
#   LIBC=musl|glibc    a static program for use (musl), a dynamic one for development (glibc)
#   SANITIZE=1         with AddressSanitizer and UndefinedBehaviorSanitizer (glibc only)
#   COVERAGE=1         that counts which lines and branches ran (glibc only; make coverage)
#   PROFILE=tiny      what the issuer alone needs: TLS 1.3, elliptic curves, the roots in third_party/roots/tiny (musl only)
#   RELEASE=1          the library as it is installed (glibc only; make shared, make install)
#   CC=...             gcc or clang (musl: gcc only)
LIBC := musl
SANITIZE :=
COVERAGE :=
RELEASE :=
PROFILE :=
VARIANT := $(LIBC)$(PROFILE:%=-%)$(if $(SANITIZE),-sanitize)$(if $(COVERAGE),-coverage)$(if $(RELEASE),-release)
OUT := build/$(VARIANT)
# V=1 shows whole commands.
V :=
Q := $(if $(V),,@)
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

# ---- sources ------------------------------------------------------------------------------------

LIBRARY := \
    src/base/buffer.c \
    src/base/calendar.c \
    src/base/deadline.c \
    src/base/error.c \
    src/base/ip.c \
    src/base/log.c \
    src/base/number.c \
    src/base/secret.c \
    src/base/span.c \
    src/cache/entry.c \
    src/cache/file.c \
    src/client/attempt.c \
    src/client/build_info.c \
    src/client/cache.c \
    src/client/client.c \
    src/client/config.c \
    src/client/retry.c \
    src/crypto/base64.c \
    src/crypto/digest.c \
    src/http/call.c \
    src/http/chunked.c \
    src/http/date.c \
    src/http/field.c \
    src/http/form.c \
    src/http/proxy_url.c \
    src/http/request.c \
    src/http/response.c \
    src/http/retry_after.c \
    src/http/url.c \
    src/json/number.c \
    src/json/scan.c \
    src/json/string.c \
    src/json/utf8.c \
    src/json/writer.c \
    src/net/address.c \
    src/net/dial.c \
    src/net/net.c \
    src/net/no_proxy.c \
    src/net/resolve.c \
    src/net/resolve_override.c \
    src/net/tunnel.c \
    src/oauth/exchange.c \
    src/oauth/page.c \
    src/oauth/token_request.c \
    src/oauth/token_response.c \
    src/os/clock.c \
    src/os/hooks.c \
    src/os/random.c \
    src/tls/alert.c \
    src/tls/constraints.c \
    src/tls/describe.c \
    src/tls/mbedtls_hooks.c \
    src/tls/tls.c \
    src/tls/verify.c \
    src/trust/builtin.c \
    src/trust/bundle.c \
    src/trust/identity.c \
    src/trust/pin.c \
    src/trust/roots.c

PROGRAM := \
    src/agent/agent.c \
    src/agent/hooks.c \
    src/agent/metrics.c \
    src/agent/notify.c \
    src/agent/schedule.c \
    src/api/api.c \
    src/base/text.c \
    src/cli/cache_path.c \
    src/cli/cmd_exec.c \
    src/cli/cmd_help.c \
    src/cli/cmd_token.c \
    src/cli/configuration.c \
    src/cli/console.c \
    src/cli/credential_file.c \
    src/cli/credential_shape.c \
    src/cli/credentials.c \
    src/cli/environment.c \
    src/cli/fetch.c \
    src/cli/option_environment.c \
    src/cli/option_table.c \
    src/cli/option_values.c \
    src/cli/options.c \
    src/cli/output.c \
    src/cli/suggest.c \
    src/doctor/checks.c \
    src/doctor/examine.c \
    src/doctor/live.c \
    src/doctor/report.c \
    src/doctor/report_json.c \
    src/doctor/summary.c \
    src/doctor/view.c \
    src/main.c \
    src/os/file.c \
    src/os/io.c \
    src/os/secure_memory.c \
    src/sandbox/sandbox.c \
    src/sandbox/worker.c

UNIT_TESTS := $(sort $(wildcard tests/unit/test_*.c))

# What our configuration of Mbed TLS leaves something of.
MBEDTLS := \
    aes aesce aesni asn1parse asn1write base64 bignum bignum_core cipher \
    cipher_wrap constant_time ecdh ecdsa ecp ecp_curves gcm hkdf md oid pk pk_ecc pk_wrap pkparse \
    platform platform_util psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client \
    psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash psa_crypto_mac \
    psa_crypto_rsa psa_crypto_slot_management psa_util rsa rsa_alt_helpers sha1 sha256 sha512 \
    ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client ssl_tls13_client \
    ssl_tls13_generic ssl_tls13_keys threading x509 x509_crt

# ---- tools and flags ----------------------------------------------------------------------------

ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)

STANDARD := -std=c11 -D_GNU_SOURCE
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wvla -Werror
INCLUDES := -Isrc -Iinclude
MBEDTLS_DIR := third_party/mbedtls/source
MBEDTLS_FLAGS := -isystem $(MBEDTLS_DIR)/include -Ithird_party/mbedtls \
    -DMBEDTLS_CONFIG_FILE='"pinetoken_mbedtls_config.h"' $(if $(filter tiny,$(PROFILE)),-DPINETOKEN_TINY)
MBEDTLS_PRIVATE := -I$(MBEDTLS_DIR)/library -I$(MBEDTLS_DIR)/3rdparty/everest/include \
    -I$(MBEDTLS_DIR)/3rdparty/p256-m

ifneq ($(filter musl musl-tiny,$(VARIANT)),)
# One file that needs nothing: optimised for size across files, what is not called dropped.
# The locked musl, built here; TARGET_CC and MUSL_LIB name a compiler for another one, of a system that is made of musl.
ifeq ($(origin TARGET_CC),undefined)
MUSL_CC := $(if $(findstring clang,$(CC)),gcc,$(CC))
MUSL_FLAGS :=
MACHINE := $(shell $(MUSL_CC) -dumpmachine 2>/dev/null)
MUSL := build/libc/$(MACHINE)
MUSL_LIB := $(CURDIR)/$(MUSL)/lib
TARGET_CC := $(MUSL)/bin/musl-gcc $(MUSL_FLAGS)
MUSL_STAMP := $(MUSL)/.version
else
MACHINE := $(shell $(TARGET_CC) -dumpmachine 2>/dev/null)
endif
# Of gcc's own choices those that cost space here, each tried (docs/tuning.md): 3 KB in all.
SMALLER := -fno-expensive-optimizations -fno-optimize-sibling-calls -fno-if-conversion --param=uninlined-function-insns=0 \
    --param=case-values-threshold=8 $(if $(filter x86_64-%,$(MACHINE)),-malign-data=abi -mtune=core2)
# Without assertions, whose failure musl prints with printf: 13 KB. The variants that the tests run have them.
OPTIMISE := -Oz -DNDEBUG $(SMALLER) -flto=auto -flto-partition=one -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
RELOCATABLE := -flinker-output=nolto-rel
# Functions that hold arrays of bytes are guarded; -strong would guard those whose variables have an address too, for 8 KB more.
GUARD := -fstack-protector
# Code and constants share a segment: 8 KB less of padding, in the file and in memory.
# The smallest "common page" keeps the data from being moved to a page of its own in the file, too.
# musl's start file of static programs makes nothing read-only after relocation: RELRO would be 4 KB of padding alone.
# Its linker takes the empty relocations that it leaves behind itself (R_RISCV_NONE) for such of code.
NO := $(if $(filter riscv64-%,$(MACHINE)),no)
LINK := -static -Wl,--gc-sections,-z,norelro,-z,now,-z,noexecstack,-z,$(NO)text,-z,noseparate-code,-z,common-page-size=32 \
    -Wl,--build-id=none,--hash-style=sysv -s
# Position-independent (static-pie) where musl has the start file for it, which its gcc specs do not know.
ifneq ($(or $(MUSL_STAMP),$(wildcard $(MUSL_LIB)/rcrt1.o)),)
HARDEN := -fPIE $(GUARD)
LINK += -nostartfiles -Wl,-pie,--no-dynamic-linker $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o
LINK_END := $(MUSL_LIB)/crtn.o
# Where the linker can, relocations are a bit each: 7 KB less. musl's start file applies them from 1.2.4 on.
ifneq ($(and $(MUSL_STAMP),$(shell $(MUSL_CC) -Wl,--help 2>/dev/null | grep -w pack-relative-relocs)),)
LINK += -Wl,-z,pack-relative-relocs
endif
else
HARDEN := -fno-pie $(GUARD)
LINK += -no-pie
endif
else ifeq ($(VARIANT),glibc)
TARGET_CC := $(CC)
OPTIMISE := -O1 -g
HARDEN := -fPIE -fstack-protector-strong
LINK := -pie -pthread -Wl,-z,relro,-z,now
else ifeq ($(VARIANT),glibc-release)
TARGET_CC := $(CC)
OPTIMISE := -O2 -ffunction-sections -fdata-sections
HARDEN := -fPIC -fstack-protector-strong
LINK := -pthread -Wl,-z,relro,-z,now
else ifeq ($(VARIANT),glibc-sanitize)
TARGET_CC := $(CC)
OPTIMISE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK := -pthread $(OPTIMISE)
else ifeq ($(VARIANT),glibc-coverage)
TARGET_CC := $(CC)
OPTIMISE := -O0 -g --coverage
LINK := -pthread --coverage
else
$(error LIBC is musl or glibc, and SANITIZE=1, COVERAGE=1 or RELEASE=1 goes with LIBC=glibc)
endif
ALL_CFLAGS = $(STANDARD) $(OPTIMISE) $(HARDEN) $(CFLAGS)

# ---- building -----------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all
all: build/pinetoken build/libpinetoken.a ## build build/pinetoken and build/libpinetoken.a (the default)

# The variant built last, under the names that users know.
build/pinetoken build/libpinetoken.a: build/%: $(OUT)/% FORCE
	@cmp -s $< $@ || cp $< $@
.PHONY: FORCE
FORCE:

# Changes with what programs that were linked before could not bear.
ABI := 0
ROOTS_DATA := third_party/roots
ROOTS := $(OUT)/builtin_roots
BUILD_DATE := $(OUT)/build_date
LIBRARY_OBJECTS := $(LIBRARY:%.c=$(OUT)/%.o) $(ROOTS).o $(BUILD_DATE).o $(MBEDTLS:%=$(OUT)/mbedtls/%.o) \
    $(OUT)/mbedtls/no_aes_decryption.o
PROGRAM_OBJECTS := $(PROGRAM:%.c=$(OUT)/%.o)

# From the objects, not from the archive: so what no command uses is left out across files (11 KB less).
$(OUT)/pinetoken: $(PROGRAM_OBJECTS) $(LIBRARY_OBJECTS)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(LINK) $^ $(LINK_END) $(LDFLAGS) -o $@

# One object, so that Mbed TLS's names stay inside and clash with no other copy of it.
$(OUT)/all.o: $(LIBRARY_OBJECTS)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) -r -nostdlib $(RELOCATABLE) $^ -o $@
	$(Q)objcopy --wildcard --keep-global-symbol='pinetoken_*' $@
$(OUT)/libpinetoken.a: $(OUT)/all.o
	$(Q)rm -f $@; ar rcsD $@ $<

$(OUT)/libpinetoken.so.$(ABI): $(LIBRARY_OBJECTS) src/libpinetoken.map
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) -shared -Wl,-soname,$(@F),--version-script=src/libpinetoken.map,-z,defs,--gc-sections \
	    $(LINK) -s $(LIBRARY_OBJECTS) $(LDFLAGS) -o $@

$(OUT)/src/%.o: src/%.c Makefile $(MUSL_STAMP) | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) $(MBEDTLS_FLAGS) -fvisibility=hidden -MMD -MP -c $< -o $@
# Most of a handshake is these loops: 5 % fewer instructions for 1.5 KB.
$(OUT)/mbedtls/bignum_core.o: OPTIMISE := $(OPTIMISE:-Oz=-O1)
$(OUT)/mbedtls/no_aes_decryption.o: third_party/mbedtls/no_aes_decryption.c $(MBEDTLS_DIR)/.version $(MUSL_STAMP) $(wildcard third_party/mbedtls/*.h) Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(MBEDTLS_FLAGS) -fvisibility=hidden -c $< -o $@
$(OUT)/mbedtls/%.o: $(MBEDTLS_DIR)/.version $(MUSL_STAMP) $(wildcard third_party/mbedtls/*.h) Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(MBEDTLS_FLAGS) $(MBEDTLS_PRIVATE) -fvisibility=hidden -c $(MBEDTLS_DIR)/library/$*.c -o $@

# The date of the source, the same for every build of it: SOURCE_DATE_EPOCH, else the last commit's, else the roots'.
SOURCE_DATE = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || date -u -d "$$(sed -n 's/^Date: *//p' $(ROOTS_DATA)/ORIGIN)" +%s))
$(BUILD_DATE).c: FORCE
	@mkdir -p $(@D)
	@printf '#include "base/build_date.h"\n\nconst int64_t build_date = INT64_C(%s);\nconst char build_day[] = "%s";\n' \
	    $(SOURCE_DATE) $$(date -u -d @$(SOURCE_DATE) +%F) > $@.new.$$PPID
	@if cmp -s $@.new.$$PPID $@; then rm $@.new.$$PPID; else mv $@.new.$$PPID $@; fi
$(ROOTS).c: tools/roots_table.py $(ROOTS_DATA)/ORIGIN $(ROOTS_DATA)/mozilla.pem $(ROOTS_DATA)/distrusted $(PROFILE:%=$(ROOTS_DATA)/%)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $^ > $@
$(ROOTS).o: src/trust/builtin.h
$(BUILD_DATE).o: src/base/build_date.h
$(ROOTS).o $(BUILD_DATE).o: %.o: %.c Makefile $(MUSL_STAMP)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) -fvisibility=hidden -c $< -o $@

# ---- testing ------------------------------------------------------------------------------------

# Everything but main(), for the tests: they see the insides.
TESTED := $(LIBRARY_OBJECTS) $(filter-out %/main.o,$(PROGRAM_OBJECTS)) $(OUT)/tests/support/guard.o
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$(OUT)/tests/%)

.PHONY: unit-programs unit-tests
unit-tests: $(UNIT_PROGRAMS)
unit-programs: $(UNIT_PROGRAMS) $(OUT)/pinetoken $(OUT)/pinetoken-machine $(if $(SANITIZE),$(OUT)/pinetoken-faults $(OUT)/answers)
$(OUT)/tests/support/%.o: tests/support/%.c Makefile $(MUSL_STAMP)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) -Itests -fno-lto -MMD -MP -c $< -o $@
# The program with calls that can be made to fail (tests/support/faults.c).
WRAPPED := malloc calloc socket setsockopt connect send recv poll read write open fstat access getrandom eventfd epoll_create1 epoll_ctl \
    pthread_create pipe2 _Fork mmap munmap mprotect madvise mlock flock fsync ftruncate renameat openat close dup2 sigprocmask \
    waitpid stat mkdir unlinkat prctl syscall
$(OUT)/pinetoken-faults: $(PROGRAM_OBJECTS) $(LIBRARY_OBJECTS) $(OUT)/tests/support/faults.o
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(LINK) $(WRAPPED:%=-Wl,--wrap=%) $^ -o $@
# What reads answers, without the rest (tests/support/answers.c).
$(OUT)/answers: tests/support/answers.c tests/fuzz/exchange_run.c $(OUT)/tests/tested.a Makefile
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) -Itests -Itests/fuzz $(filter %.c,$^) $(OUT)/tests/tested.a $(LINK) -o $@
# The program on a machine that has just started (tests/support/machine.c).
$(OUT)/pinetoken-machine: $(PROGRAM_OBJECTS) $(LIBRARY_OBJECTS) $(OUT)/tests/support/machine.o
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(LINK) $(patsubst %,-Wl$(comma)--wrap=%,clock_gettime time getrandom syscall prctl) $^ $(LINK_END) -o $@
# The program whose worker does what a fetch does not (tests/support/breakout.c).
$(OUT)/pinetoken-breakout: $(PROGRAM_OBJECTS) $(LIBRARY_OBJECTS) $(OUT)/tests/support/breakout.o
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(LINK) -Wl,--wrap=getrandom $^ $(LINK_END) -o $@
comma := ,
$(OUT)/tests/tested.a: $(TESTED)
	$(Q)rm -f $@; ar rcsD $@ $^
$(OUT)/tests/test_%: tests/unit/test_%.c $(OUT)/tests/tested.a Makefile
	$(if $(V),,@echo "  $(VARIANT) $@";) $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) -Itests $(MBEDTLS_FLAGS) -MMD -MP $< $(OUT)/tests/tested.a $(LINK) -lcmocka -o $@

$(MBEDTLS_DIR)/.version: $(wildcard third_party/mbedtls/patches/*.patch)
third_party/musl/source/.version: $(wildcard third_party/musl/patches/*.patch)
third_party/%/source/.version: third_party/%/lock third_party/get
	third_party/get $*

build/libc/%/.version: third_party/musl/source/.version third_party/musl/build
	+$(Q)third_party/musl/build $(@D) $(MUSL_CC) -Oz -fstack-protector-strong

# All variants that the tests run, each by a make of its own: they differ by flags only.
.PHONY: test-programs
test-programs: $(OUT)/pinetoken $(OUT)/pinetoken-machine $(OUT)/pinetoken-breakout $(OUT)/libpinetoken.a
	$(Q)$(MAKE) LIBC=glibc unit-programs build/glibc/libpinetoken.a
	$(Q)$(MAKE) LIBC=glibc SANITIZE=1 unit-programs
	$(Q)$(MAKE) installed-files

.PHONY: test
test: test-programs ## run all tests and checks, under the sanitizers and valgrind too
	$(Q)$(PYTHON) tests/run.py

.PHONY: unit
unit: ## run the unit tests alone, under the sanitizers
	$(Q)$(MAKE) LIBC=glibc SANITIZE=1 unit-programs
	$(Q)$(PYTHON) tests/run.py --unit sanitize

# Floors 1 to 3 must be covered whole, lines and branches, by the unit tests alone.
.PHONY: coverage
GCOVR := gcovr --root . --object-directory build/glibc-coverage --branches
PURE := src/(base|http|json|oauth|crypto)/
coverage: ## run the unit tests and show what they reach; fails where the pure floors are not covered whole
	$(Q)$(MAKE) LIBC=glibc COVERAGE=1 unit-programs
	$(Q)find build/glibc-coverage -name '*.gcda' -delete
	$(Q)for test in $(UNIT_TESTS:tests/unit/%.c=build/glibc-coverage/tests/%); do \
	    $$test > build/glibc-coverage/log 2>&1 || { cat build/glibc-coverage/log; exit 1; }; done
	@echo "The other floors, by unit tests alone:"
	$(Q)$(GCOVR) --filter 'src/(os|cache|sandbox|trust|net|tls|client|cli|agent|api|doctor)/'
	@echo "The pure floors:"
	$(Q)$(GCOVR) --filter '$(PURE)' --fail-under-branch 100 --fail-under-line 100

# COUNT mutants of those that SEED draws (0: all), of FILES if given (parts of their paths).
SEED := 1
COUNT := 400
FILES :=
.PHONY: mutants run-mutants
mutants: ## change the sources a little, COUNT times, and see whether a unit test notices
	$(Q)$(MAKE) LIBC=glibc SANITIZE=1 run-mutants
run-mutants: export MUTANTS_CC = $(TARGET_CC) $(ALL_CFLAGS) $(INCLUDES) $(MBEDTLS_FLAGS)
run-mutants: export MUTANTS_LINK = $(LINK) -lcmocka
run-mutants: unit-tests
	$(Q)$(PYTHON) tools/mutants.py --seed $(SEED) --count $(COUNT) $(FILES)

# Each target for T seconds over the kept corpus, under both sanitizers; what it finds lies in build/fuzz.
T := 60
FUZZERS := base64 bundle constraints entry exchange response scan structured url
FUZZ_SOURCES := $(filter src/base/% src/http/% src/json/% src/oauth/% src/crypto/%,$(LIBRARY)) \
    src/client/config.c src/cache/entry.c $(filter src/trust/bundle.c src/trust/identity.c src/trust/pin.c src/net/address.c \
    src/net/no_proxy.c src/tls/constraints.c src/net/resolve_override.c,$(LIBRARY)) tests/fuzz/exchange_run.c tests/fuzz/reference.c \
    $(addprefix $(MBEDTLS_DIR)/library/,asn1parse.c base64.c bignum.c bignum_core.c constant_time.c platform.c platform_util.c sha256.c)
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
.PHONY: fuzz
fuzz: $(FUZZERS:%=build/fuzz/fuzz_%) ## fuzz each parser for T seconds (default 60)
	$(Q)for name in $(FUZZERS); do mkdir -p build/fuzz/corpus/$$name; \
	    build/fuzz/fuzz_$$name -max_total_time=$(T) -max_len=16384 -timeout=20 -artifact_prefix=build/fuzz/$$name- \
	    build/fuzz/corpus/$$name tests/fuzz/corpus/$$name > build/fuzz/$$name.log 2>&1 || \
	    { tail -40 build/fuzz/$$name.log; echo "fuzz_$$name: failed, the input lies in build/fuzz"; exit 1; }; \
	    echo "fuzz_$$name: $$(grep -o 'Done [0-9]* runs.*' build/fuzz/$$name.log)"; done
# The same by AFL++ (Debian's afl++), whose compiler takes the same entry points.
.PHONY: fuzz-afl
fuzz-afl: $(FUZZERS:%=build/fuzz-afl/fuzz_%) ## the same by AFL++, where that is installed
	$(Q)for name in $(FUZZERS); do out=build/fuzz-afl/$$name; rm -rf $$out; \
	    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -V $(T) -m none -i tests/fuzz/corpus/$$name -o $$out \
	    -- build/fuzz-afl/fuzz_$$name > $$out.log 2>&1 || { tail -20 $$out.log; exit 1; }; \
	    echo "fuzz_$$name: $$(sed -n 's/^\(execs_done\|saved_crashes\|saved_hangs\) *: */\1 /p' $$out/default/fuzzer_stats | tr '\n' ' ')"; \
	    grep -q '^saved_crashes *: 0' $$out/default/fuzzer_stats || exit 1; done
build/fuzz/fuzz_%: FUZZ_CC := clang
build/fuzz-afl/fuzz_%: FUZZ_CC := afl-clang-fast
define fuzzer
$(1)/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_SOURCES) $(wildcard tests/fuzz/*.h src/*/*.h) | $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(Q)$$(FUZZ_CC) $$(LINT_FLAGS) $$(MBEDTLS_PRIVATE) $$(FUZZ_FLAGS) -Itests/fuzz $$< $$(FUZZ_SOURCES) -ljansson -o $$@
endef
$(foreach directory,build/fuzz build/fuzz-afl,$(eval $(call fuzzer,$(directory))))

.PHONY: prove
prove: ## prove with CBMC what tests/proof/README.md says (QUICK=1: without most of the cuts)
	$(Q)$(PYTHON) tests/proof/run.py $(if $(QUICK),--quick)

build/fleet: tests/simulation/fleet.c $(filter src/base/%,$(LIBRARY)) src/client/retry.c src/client/retry.h
	@mkdir -p $(@D)
	$(Q)gcc $(STANDARD) $(WARNINGS) -O2 $(INCLUDES) $(filter %.c,$^) -o $@
.PHONY: simulate
simulate: build/fleet ## draw docs/fleet.svg: what an issuer sees when ten thousand devices come back at once
	$(Q)$(PYTHON) tests/simulation/fleet.py $< docs/fleet.svg

.PHONY: bench
bench: build/musl/pinetoken ## measure what a token costs by this program and by others; writes docs/benchmarks.md
	$(Q)$(PYTHON) tests/bench.py $< docs/benchmarks.md docs/benchmarks.svg

.PHONY: demo
demo: build/pinetoken ## fetch a token over real TLS, see a bad secret and a wrong CA refused
	$(Q)$(PYTHON) tests/demo.py build/pinetoken

# ---- other processors ---------------------------------------------------------------------------

# Static programs by Debian's cross compilers, with a musl that tools/cross builds from Debian's source of it.
.PHONY: cross cross-unit-tests cross-all
cross: $(MBEDTLS_DIR)/.version ## build build/cross/ARCH/pinetoken: ARCH=aarch64, armv7, armel, mipsel, mips, riscv64, i386, s390x
	$(Q)settings=$$(tools/cross '$(ARCH)') && eval "$(MAKE) LIBC=musl OUT=build/cross/$(ARCH) $$settings build/cross/$(ARCH)/pinetoken"
cross-unit-tests: cross
	$(Q)settings=$$(tools/cross '$(ARCH)') && eval "$(MAKE) LIBC=musl OUT=build/cross/$(ARCH)/unit OPTIMISE=-O1 HARDEN= LINK=-static $$settings unit-tests"
cross-all: ## build and test every one of them, as far as its compiler and its emulator are there
	$(Q)CROSS="$$(tools/cross list | tr '\n' ' ')" $(PYTHON) tests/run.py --only cross/ musl

# ---- checks -------------------------------------------------------------------------------------

C_FILES := $(wildcard src/*.c src/*/*.[ch] include/*.h tests/*/*.[ch])
LINT_FLAGS := $(STANDARD) $(INCLUDES) -Itests -Itests/fuzz $(MBEDTLS_FLAGS)
SHELL_FILES := tools/cross tools/deb bootstrap .ci/run third_party/get third_party/musl/build third_party/roots/renew tests/proof/get packaging/alpine/APKBUILD

.PHONY: lint
lint: check-format check-warnings check-tidy check-cppcheck check-layers check-shell ## run every check of the source

.PHONY: check-format check-warnings check-tidy check-cppcheck check-layers check-shell
check-format: ## clang-format has nothing to change
	$(Q)clang-format --dry-run --Werror $(C_FILES)
check-warnings: $(MBEDTLS_DIR)/.version ## gcc and clang warn of nothing
	$(Q)for cc in gcc clang; do for file in $(filter-out tests/proof/%,$(filter %.c,$(C_FILES))); do \
	    $$cc $(LINT_FLAGS) $(WARNINGS) -O1 -fsyntax-only $$file || exit 1; done; done
check-tidy: $(MBEDTLS_DIR)/.version ## clang-tidy finds nothing
	$(Q)printf '%s\n' $(filter src/%.c,$(C_FILES)) | xargs -P 4 -n 4 sh -c 'clang-tidy --quiet "$$@" -- $(subst ','"'"',$(LINT_FLAGS))' sh
check-cppcheck: ## cppcheck finds nothing
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,style,performance,portability \
	    --inline-suppr --suppress=missingIncludeSystem -D_GNU_SOURCE $(INCLUDES) src
check-layers: ## every file includes only what its floor may
	$(Q)$(PYTHON) tools/check_layers.py
check-shell: ## shellcheck finds nothing
	$(Q)shellcheck $(SHELL_FILES)

# ---- installing ---------------------------------------------------------------------------------

DESTDIR :=
PREFIX := /usr/local
LIBDIR := $(PREFIX)/lib
MANDIR := $(PREFIX)/share/man
RELEASED := build/glibc-release
VERSION := $(shell sed -n 's/.*PINETOKEN_VERSION "\(.*\)"/\1/p' include/pinetoken.h)

# From the same table as the help and the parser.
build/completions: tools/completions.c src/cli/option_table.c src/base/buffer.c src/base/span.c \
    $(wildcard src/base/*.h src/cli/*.h include/*.h)
	@mkdir -p $(@D)
	$(Q)gcc $(STANDARD) $(WARNINGS) -O1 $(INCLUDES) $(filter %.c,$^) -o $@

.PHONY: shared
shared: ## build build/glibc-release/libpinetoken.so.0
	$(Q)$(MAKE) LIBC=glibc RELEASE=1 $(RELEASED)/libpinetoken.so.$(ABI)

# What is installed where, a line each: mode, from, to. The program, and what goes with it:
define INSTALLED_PROGRAM
0755 build/musl/pinetoken $(PREFIX)/bin/pinetoken
0644 build/install/pinetoken-agent@.service $(PREFIX)/lib/systemd/system/pinetoken-agent@.service
0644 build/install/pinetoken.bash $(PREFIX)/share/bash-completion/completions/pinetoken
0644 build/install/_pinetoken $(PREFIX)/share/zsh/$(ZSH_FUNCTIONS)/_pinetoken
0644 build/install/pinetoken.fish $(PREFIX)/share/fish/vendor_completions.d/pinetoken.fish
0644 docs/pinetoken.1 $(MANDIR)/man1/pinetoken.1
endef
# The library:
define INSTALLED_LIBRARY
0644 include/pinetoken.h $(PREFIX)/include/pinetoken.h
0644 $(RELEASED)/libpinetoken.a $(LIBDIR)/libpinetoken.a
0755 $(RELEASED)/libpinetoken.so.$(ABI) $(LIBDIR)/libpinetoken.so.$(ABI)
0644 build/install/pinetoken.pc $(LIBDIR)/pkgconfig/pinetoken.pc
0644 docs/libpinetoken.3 $(MANDIR)/man3/libpinetoken.3
endef
export INSTALLED_PROGRAM INSTALLED_LIBRARY
# Debian's own packages have theirs in vendor-completions.
ZSH_FUNCTIONS := site-functions

.PHONY: install uninstall installed-files completions install-program
completions: build/completions
	@mkdir -p build/install
	$(Q)sed 's|/usr/bin/pinetoken|$(PREFIX)/bin/pinetoken|' 'packaging/systemd/pinetoken-agent@.service' > 'build/install/pinetoken-agent@.service'
	$(Q)build/completions bash > build/install/pinetoken.bash
	$(Q)build/completions zsh > build/install/_pinetoken
	$(Q)build/completions fish > build/install/pinetoken.fish
install-program: completions ## program, manual, completions, unit: to DESTDIR PREFIX (default /usr/local)
	$(Q)$(MAKE) build/musl/pinetoken
	$(Q)echo "$$INSTALLED_PROGRAM" | while read -r mode from to; do install -D -m "$$mode" "$$from" "$(DESTDIR)$$to" || exit 1; done
installed-files: completions
	$(Q)$(MAKE) build/musl/pinetoken
	$(Q)$(MAKE) LIBC=glibc RELEASE=1 $(RELEASED)/libpinetoken.a $(RELEASED)/libpinetoken.so.$(ABI)
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' packaging/pkgconfig/pinetoken.pc.in > build/install/pinetoken.pc
install: installed-files install-program ## the library too
	$(Q)echo "$$INSTALLED_LIBRARY" | while read -r mode from to; do install -D -m "$$mode" "$$from" "$(DESTDIR)$$to" || exit 1; done
	$(Q)ln -sf libpinetoken.so.$(ABI) $(DESTDIR)$(LIBDIR)/libpinetoken.so
uninstall: ## takes all of it away again
	$(Q)printf '%s\n' "$$INSTALLED_PROGRAM" "$$INSTALLED_LIBRARY" | while read -r mode from to; do rm -f "$(DESTDIR)$$to"; done
	$(Q)rm -f $(DESTDIR)$(LIBDIR)/libpinetoken.so

# ---- giving away --------------------------------------------------------------------------------

DIST := build/dist
# The processors of a release; each wants its cross compiler.
DIST_ARCHS := aarch64 armv7 riscv64
.PHONY: sbom dist deb oci
sbom: build/pinetoken.spdx.json ## build build/pinetoken.spdx.json: what the program is made of
build/pinetoken.spdx.json: tools/sbom.py build/musl/pinetoken $(ROOTS_DATA)/ORIGIN third_party/mbedtls/lock
	$(Q)$(PYTHON) tools/sbom.py $(VERSION) $(SOURCE_DATE) build/musl/pinetoken > $@
# By the image specification's names of processors.
oci: build/musl/pinetoken ## build build/oci: an image FROM scratch, as an OCI layout
	$(Q)rm -rf build/oci
	$(Q)$(PYTHON) tools/oci.py $(VERSION) $(SOURCE_DATE) build/oci $(patsubst x86_64,amd64,$(shell uname -m))=build/musl/pinetoken
deb: $(MBEDTLS_DIR)/.version ## build build/deb/*.deb by Debian's own tools
	+$(Q)tools/deb > build/deb.log 2>&1 || { tail -30 build/deb.log; exit 1; }
	$(Q)ls build/deb/*.deb
dist: sbom ## build build/dist: the source, a program a processor, the SBOM, SHA256SUMS
	$(Q)rm -rf $(DIST) && mkdir -p $(DIST)
	$(Q)git archive --prefix=pinetoken-$(VERSION)/ HEAD | xz -T1 > $(DIST)/pinetoken-$(VERSION).tar.xz
	$(Q)cp build/musl/pinetoken $(DIST)/pinetoken-$(VERSION)-$(shell uname -m)
	$(Q)cp build/pinetoken.spdx.json $(DIST)/pinetoken-$(VERSION).spdx.json
	$(Q)for arch in $(DIST_ARCHS); do $(MAKE) ARCH=$$arch cross && cp build/cross/$$arch/pinetoken $(DIST)/pinetoken-$(VERSION)-$$arch || exit 1; done
	$(Q)cd $(DIST) && sha256sum pinetoken-* > SHA256SUMS

# ---- the rest -----------------------------------------------------------------------------------

.PHONY: mbedtls
mbedtls: $(MBEDTLS_DIR)/.version ## get the source of Mbed TLS, and nothing more

.PHONY: clean distclean help
clean: ## remove what was built
	rm -rf build
distclean: clean ## and the source of Mbed TLS that was fetched
	rm -rf third_party/mbedtls/source third_party/mbedtls/download
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | sort | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

-include $(wildcard build/*/src/*.d build/*/src/*/*.d build/*/tests/*.d build/*/tests/support/*.d)
