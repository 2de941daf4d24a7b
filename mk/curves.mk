# P-256 and P-384. CURVES=aws-lc: AWS-LC's points, over s2n-bignum's assembly or Mbed TLS's numbers (third_party/curves).
# CURVES=mbedtls: Mbed TLS's own, for seven times the instructions of a fetch. Not given: AWS-LC's, if their source can be had.

CURVES_DIR := third_party/curves
CURVES :=
ifeq ($(CURVES)$(filter clean distclean help,$(MAKECMDGOALS)),)
include $(CURVES_DIR)/found.mk
endif

# Written once; anew when the lock or a patch changes, or, before make starts again with it, a tarball is given.
$(CURVES_DIR)/found.mk: $(CURVES_DIR)/lock $(CURVES_DIR)/take third_party/get $(wildcard $(CURVES_DIR)/patches/*.patch) $(if $(CURVES_TARBALL),$(if $(MAKE_RESTARTS),,FORCE))
	@if third_party/get curves 2> $@.log >&2; then cat $@.log; echo 'CURVES := aws-lc' > $@; \
	elif [ "$(CURVES_TARBALL)" ]; then cat $@.log >&2; exit 1; \
	else echo "AWS-LC's curves are not available: building with Mbed TLS's, which need seven times the instructions (make CURVES_TARBALL=FILE, third_party/curves/lock)" >&2; \
	    echo 'CURVES := mbedtls' > $@; fi; rm -f $@.log
$(CURVES_DIR)/source/.version:
	$(Q)third_party/get curves
.PHONY: curves wycheproof
curves: $(CURVES_DIR)/source/.version ## get the source of AWS-LC's curves, and nothing more
wycheproof: ## get Wycheproof's test vectors
	$(Q)third_party/get wycheproof

# Of a triple, if s2n-bignum has assembly for it.
curves_assembly = $(if $(filter aws-lc,$(CURVES)),$(filter x86_64 aarch64,$(firstword $(subst -, ,$(1)))))
CURVES_SOURCE = $(if $(filter aws-lc,$(CURVES)),AWS-LC $(shell cat $(CURVES_DIR)/source/.version 2>/dev/null),Mbed TLS)
MBEDTLS_FLAGS += -I$(CURVES_DIR) -DCURVES_SOURCE='"$(CURVES_SOURCE)"' $(if $(filter aws-lc,$(CURVES)),-DPINETOKEN_NIST_CURVES) \
    $(if $(call curves_assembly,$(TRIPLE)),-DCURVES_ASSEMBLY)
CURVES_PRIVATE := -isystem $(MBEDTLS_DIR)/library
CURVES_HEADERS := $(wildcard $(CURVES_DIR)/*.h $(CURVES_DIR)/openssl/*.h)
CURVES_NAMES := $(foreach each,p256 p384,bignum_montmul_$(each)_alt bignum_add_$(each) bignum_sub_$(each)) bignum_montsqr_p256_alt

ifeq ($(CURVES),aws-lc)
THIRD_PARTY_OBJECTS += curves/nist.o curves/aws_lc.o curves/field.o
FUZZERS += curves
else
THIRD_PARTY_OBJECTS += mbedtls/expand_point.o
endif

# Against Mbed TLS's own curves, both in one program: Mbed TLS is as it would be without ours. Of a triple.
curves_field = $(if $(call curves_assembly,$(1)),$(CURVES_NAMES:%=$(CURVES_DIR)/source/$(call curves_assembly,$(1))/%.S),$(CURVES_DIR)/field.c)
CURVES_THEIRS := $(addprefix $(MBEDTLS_DIR)/library/,asn1parse.c asn1write.c bignum.c bignum_core.c constant_time.c ecdsa.c ecp.c ecp_curves.c platform.c platform_util.c)
curves_both = tests/fuzz/fuzz_curves.c $(CURVES_DIR)/nist.c $(CURVES_DIR)/aws_lc.c $(call curves_field,$(1)) $(CURVES_THEIRS)
curves_both_flags = $(INCLUDES) -Itests/fuzz $(filter-out -DPINETOKEN_NIST_CURVES,$(MBEDTLS_FLAGS)) $(CURVES_PRIVATE) -DCURVES_APART \
    $(if $(call curves_assembly,$(1)),-DCURVES_ASSEMBLY -I$(CURVES_DIR)/source/$(call curves_assembly,$(1)))
CURVES_BOTH_PARTS := tests/fuzz/fuzz_curves.c $(CURVES_DIR)/nist.c $(CURVES_DIR)/aws_lc.c $(CURVES_DIR)/field.c $(CURVES_HEADERS) $(CURVES_DIR)/found.mk

# DIRECTORY, FLAVOUR, TRIPLE.
define curves_rules
$(1)/curves/aws_lc.o: $(CURVES_DIR)/aws_lc.c $(CURVES_HEADERS) $(1)/flags | $(CURVES_DIR)/source/.version $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(MBEDTLS_FLAGS) -DNDEBUG -fvisibility=hidden -c $$< -o $$@
$(1)/curves/%.o: $(CURVES_DIR)/%.c $(CURVES_HEADERS) $(1)/flags | $(CURVES_DIR)/source/.version $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(say) $$(COMPILE) $(CURVES_PRIVATE) -fvisibility=hidden -c $$< -o $$@
$(if $(call curves_assembly,$(3)),
$(1)/curves/field.o: $(CURVES_DIR)/source/.version mk/curves.mk $(1)/flags
	@mkdir -p $$(@D)
	$$(say) $$(TARGET_CC) -r -nostdlib -DS2N_BN_HIDE_SYMBOLS -I$(CURVES_DIR) -I$(CURVES_DIR)/source/$(call curves_assembly,$(3)) $(call curves_field,$(3)) -o $$@
)
# Lines of test vectors, through Mbed TLS as it is built (tests/curves/vectors.c).
$(1)/curves-vectors: tests/curves/vectors.c $(1)/tests/tested.a $(1)/flags
	$$(say) $$(COMPILE) $$(filter-out %/flags,$$^) $$(LINK) $$(LINK_END) -o $$@
$(1)/curves-differential: tests/curves/differential.c $(CURVES_BOTH_PARTS) $(1)/flags | $(MBEDTLS_DIR)/.version
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $(call curves_both_flags,$(3)) $$< $(call curves_both,$(3)) $$(LINK) $$(LINK_END) -o $$@
# By scalars that valgrind watches. (musl's compiler does not look where valgrind's header lies.)
$(1)/curves-secret: tests/curves/secret.c $(call library_objects,$(1)) $(CURVES_HEADERS) $(1)/flags
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(MBEDTLS_FLAGS) -DNDEBUG -DCURVES_DECLASSIFY=secret_declassify -idirafter /usr/include \
	    $(CURVES_PRIVATE) $$< $(CURVES_DIR)/aws_lc.c $$(filter-out %/aws_lc.o,$$(filter %.o,$$^)) $$(LINK) $$(LINK_END) -o $$@
endef
VARIANT_RULES += curves_rules

build/fuzz/fuzz_curves build/fuzz-afl/fuzz_curves: $(CURVES_BOTH_PARTS) | $(MBEDTLS_DIR)/.version
	@mkdir -p $(@D)
	$(say) $(FUZZ_CC) $(STANDARD) $(FUZZ_FLAGS) $(call curves_both_flags,$(MACHINE)) $(call curves_both,$(MACHINE)) -o $@

.PHONY: cross-curves
cross-curves: $(foreach each,$(ARCH),build/cross/$(each)/curves-vectors build/cross/$(each)/curves-differential)
