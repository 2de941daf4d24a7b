# Each target for T seconds over the kept corpus, under both sanitizers; what it finds lies in build/fuzz.

T := 60
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

# What stands in place of parts of Mbed TLS (mk/mbedtls.mk, mk/curves.mk).
FUZZ_SOURCES += $(patsubst %.o,third_party/%.c,$(filter-out $(MBEDTLS:%=mbedtls/%.o),$(THIRD_PARTY_OBJECTS)))

.PHONY: fuzz fuzz-afl
fuzz: $(FUZZERS:%=build/fuzz/fuzz_%) ## fuzz each parser for T seconds (default 60)
	$(Q)for name in $(FUZZERS); do mkdir -p build/fuzz/corpus/$$name; \
	    build/fuzz/fuzz_$$name -max_total_time=$(T) -max_len=16384 -timeout=20 -artifact_prefix=build/fuzz/$$name- \
	    build/fuzz/corpus/$$name tests/fuzz/corpus/$$name > build/fuzz/$$name.log 2>&1 || \
	    { tail -40 build/fuzz/$$name.log; echo "fuzz_$$name: failed, the input lies in build/fuzz"; exit 1; }; \
	    echo "fuzz_$$name: $$(grep -o 'Done [0-9]* runs.*' build/fuzz/$$name.log)"; done
# The same by AFL++ (Debian's afl++), whose compiler takes the same entry points.
fuzz-afl: $(FUZZERS:%=build/fuzz-afl/fuzz_%) ## the same by AFL++, where that is installed
	$(Q)for name in $(FUZZERS); do out=build/fuzz-afl/$$name; rm -rf $$out; \
	    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -V $(T) -m none -i tests/fuzz/corpus/$$name -o $$out \
	    -- build/fuzz-afl/fuzz_$$name > $$out.log 2>&1 || { tail -20 $$out.log; exit 1; }; \
	    echo "fuzz_$$name: $$(sed -n 's/^\(execs_done\|saved_crashes\|saved_hangs\) *: */\1 /p' $$out/default/fuzzer_stats | tr '\n' ' ')"; \
	    grep -q '^saved_crashes *: 0' $$out/default/fuzzer_stats || exit 1; done

build/fuzz/%: FUZZ_CC := clang
build/fuzz-afl/%: FUZZ_CC := afl-clang-fast
define fuzzers
$(1)/%.o: %.c $(wildcard tests/fuzz/*.h src/*/*.h) | $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(say) $$(FUZZ_CC) $$(LINT_FLAGS) $(MBEDTLS_PRIVATE) $(FUZZ_FLAGS) -c $$< -o $$@
$(1)/builtin_roots.o $(1)/build_date.o: $(1)/%.o: build/glibc-sanitize/%.c
	@mkdir -p $$(@D)
	$$(say) $$(FUZZ_CC) $$(LINT_FLAGS) $(FUZZ_FLAGS) -c $$< -o $$@
$(1)/fuzz_%: $(1)/tests/fuzz/fuzz_%.o $(FUZZ_SOURCES:%.c=$(1)/%.o) $(1)/builtin_roots.o $(1)/build_date.o
	$$(say) $$(FUZZ_CC) $(FUZZ_FLAGS) $$^ -ljansson -o $$@
.SECONDARY: $(FUZZ_SOURCES:%.c=$(1)/%.o) $(FUZZERS:%=$(1)/tests/fuzz/fuzz_%.o)
endef
$(foreach each,build/fuzz build/fuzz-afl,$(eval $(call fuzzers,$(each))))
# Fetched, not written here: what make would take for missing without this.
$(filter $(MBEDTLS_DIR)/%,$(FUZZ_SOURCES)): | $(MBEDTLS_DIR)/.version ;
$(foreach each,build/fuzz build/fuzz-afl,$(patsubst %.c,$(each)/%.o,$(filter $(CURVES_DIR)/%,$(FUZZ_SOURCES)))): | $(CURVES_DIR)/source/.version
