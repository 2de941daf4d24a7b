# Programs of the tests, and what runs them.

# The program with calls that can be made to fail (tests/support/faults.c).
WRAPPED := malloc calloc socket setsockopt connect send recv poll read write open fstat access getrandom epoll_create1 epoll_ctl \
    pipe2 _Fork mmap munmap mprotect madvise mlock flock fsync ftruncate renameat openat close dup2 sigprocmask \
    waitpid stat mkdir unlinkat prctl syscall
wrap = $(patsubst %,-Wl$(comma)--wrap=%,$(1))

# A variant's unit tests; the programs that its tests run; and what the integration tests run of a variant beside those.
unit_tests = $(patsubst tests/unit/%.c,$(1)/tests/%,$(if $(call without_redis,$(1)),$(filter-out $(SHARED_CACHE_TESTS),$(UNIT_TESTS)),$(UNIT_TESTS)))
unit_programs = $(call unit_tests,$(1)) $(1)/pinetoken $(1)/pinetoken-machine $(if $(findstring sanitize,$(1)),$(1)/pinetoken-faults $(1)/responses $(1)/judge)

define test_rules
$(1)/tests/support/%.o: tests/support/%.c $(1)/flags | $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(say) $$(COMPILE) -Itests -fno-lto -MMD -MP -c $$< -o $$@
# Everything but main(): unit tests see the insides.
$(1)/tests/tested.a: $(call library_objects,$(1)) $(filter-out $(1)/src/main.o,$(call program_objects,$(1))) $(1)/tests/support/guard.o mk/sources.mk
	$$(Q)rm -f $$@; ar rcsD $$@ $$(filter %.o,$$^)
$(1)/tests/test_%: tests/unit/test_%.c $(1)/tests/tested.a $(1)/flags
	$$(say) $$(COMPILE) -Itests -MMD -MP $$< $(1)/tests/tested.a $$(LINK) -lcmocka -o $$@
$(1)/pinetoken-faults: $(call program_objects,$(1)) $(call library_objects,$(1)) $(1)/tests/support/faults.o
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(LINK) $(call wrap,$(WRAPPED)) $$^ -o $$@
# Only what reads responses (tests/support/responses.c).
$(1)/responses: tests/support/responses.c tests/fuzz/exchange_run.c $(1)/tests/tested.a $(1)/flags
	$$(say) $$(COMPILE) -Itests -Itests/fuzz $$(filter %.c,$$^) $(1)/tests/tested.a $$(LINK) -o $$@
# Verifies chains of certificates, without a connection (tests/support/judge.c).
$(1)/judge: tests/support/judge.c $(1)/tests/tested.a $(1)/flags
	$$(say) $$(COMPILE) -Itests $$(filter %.c,$$^) $(1)/tests/tested.a $$(LINK) -o $$@
# The program on a machine that has just started (tests/support/machine.c), ...
$(1)/pinetoken-machine: $(call program_objects,$(1)) $(call library_objects,$(1)) $(1)/tests/support/machine.o
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(LINK) $(call wrap,clock_gettime time getrandom syscall prctl) $$^ $$(LINK_END) -o $$@
# ... and with a worker that does what a fetch does not (tests/support/breakout.c).
$(1)/pinetoken-breakout: $(call program_objects,$(1)) $(call library_objects,$(1)) $(1)/tests/support/breakout.o
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(LINK) $(call wrap,send connect _Fork) $$^ $$(LINK_END) -o $$@
endef
VARIANT_RULES += test_rules

.PHONY: unit-programs unit-tests test-programs test test-slow unit coverage mutants prove simulate bench demo
unit-tests: $(call unit_tests,$(OUT))
unit-programs: $(call unit_programs,$(OUT))
test-programs: $(addprefix build/musl/,pinetoken pinetoken-machine pinetoken-breakout libpinetoken.a) \
    $(call unit_programs,build/glibc) build/glibc/libpinetoken.a $(call unit_programs,build/glibc-sanitize) installed-files

test: test-programs ## run the tests and checks, under the sanitizers and valgrind too
	$(Q)$(PYTHON) tests/run.py
test-slow: test-programs ## run what `test` leaves out: other processors, all proofs, everything under valgrind
	$(Q)$(PYTHON) tests/run.py --slow
unit: $(call unit_programs,build/glibc-sanitize) ## run only the unit tests, under the sanitizers
	$(Q)$(PYTHON) tests/run.py --unit sanitize

# The pure layers must be covered in full, lines and branches, by the unit tests.
# An assertion that fails ends the program: no test reaches its other branch.
# gcovr 8 has no --branches, gcovr 5 no --txt-metric.
GCOVR = gcovr --root . --object-directory build/glibc-coverage $(if $(findstring --txt-metric,$(shell gcovr --help)),--txt-metric branch,--branches) --exclude-branches-by-pattern '\s*assert\(.*'
PURE := src/(base|dns|http|json|oauth|crypto|resp)/
coverage: $(call unit_programs,build/glibc-coverage) ## run the unit tests and show what they reach; fails if the pure layers are not covered in full
	$(Q)find build/glibc-coverage -name '*.gcda' -delete
	$(Q)for test in $(call unit_tests,build/glibc-coverage); do \
	    $$test > build/glibc-coverage/log 2>&1 || { cat build/glibc-coverage/log; exit 1; }; done
	@echo "The other layers, by unit tests:"
	$(Q)$(GCOVR) --filter 'src/(os|cache|sandbox|trust|net|tls|client|cli|agent|api|doctor)/'
	@echo "The pure layers:"
	$(Q)$(GCOVR) --filter '$(PURE)' --fail-under-branch 100 --fail-under-line 100

# COUNT mutants of those that SEED draws (0: all), of FILES if given (parts of their paths); under the sanitizers.
SEED := 1
COUNT := 400
FILES :=
mutants: private FLAVOUR := glibc-sanitize
mutants: export MUTANTS_CC = $(TARGET_CC) $(ALL_CFLAGS) $(INCLUDES) $(MBEDTLS_FLAGS)
mutants: export MUTANTS_LINK = $(LINK) -lcmocka
mutants: $(call unit_tests,build/glibc-sanitize) ## change the sources a little, COUNT times, and see whether a unit test notices
	$(Q)$(PYTHON) tools/mutants.py --seed $(SEED) --count $(COUNT) $(FILES)

prove: ## prove with CBMC what tests/proof/README.md says (QUICK=1: those that end soon)
	$(Q)$(PYTHON) tests/proof/run.py $(if $(QUICK),--quick)

build/fleet: tests/simulation/fleet.c $(filter src/base/%,$(LIBRARY)) src/client/retry.c src/client/retry.h
	@mkdir -p $(@D)
	$(Q)gcc $(STANDARD) $(WARNINGS) -O2 $(INCLUDES) $(filter %.c,$^) -o $@
simulate: build/fleet ## draw docs/fleet.svg: what an issuer sees when ten thousand devices come back at once
	$(Q)$(PYTHON) tests/simulation/fleet.py $< docs/fleet.svg

bench: build/musl/pinetoken ## measure what a token costs with this program and with others; writes docs/benchmarks.md
	$(Q)$(PYTHON) tests/bench.py $< docs/benchmarks.md docs/benchmarks.svg

demo: build/pinetoken ## fetch a token over real TLS, see a bad secret and a wrong CA refused
	$(Q)$(PYTHON) tests/demo.py build/pinetoken
