# The rules of a variant: from sources to objects, programs and libraries, all in one directory.

ROOTS_DATA := third_party/roots
# The date of the source, the same for every build of it: SOURCE_DATE_EPOCH, else the last commit's, else the roots'.
SOURCE_DATE = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || date -u -d "$$(sed -n 's/^Date: *//p' $(ROOTS_DATA)/ORIGIN)" +%s))
# Which versions of others are in what is linked.
MADE_OF = Mbed TLS $(shell cat $(MBEDTLS_DIR)/.version)$(comma) curves of $(CURVES_SOURCE)$(if $(filter musl%,$(FLAVOUR)),$(if $(SYSTEM_MUSL),,$(comma) musl $(shell cat third_party/musl/source/.version)))

LIBRARY_OBJECTS := $(LIBRARY:%.c=%.o) builtin_roots.o build_date.o $(THIRD_PARTY_OBJECTS)
PROGRAM_OBJECTS := $(PROGRAM:%.c=%.o)
# Whether directory $(1) is for a tiny program, and whether it has no shared cache: by REDIS=no, or for a tiny one.
is_tiny = $(or $(filter %-tiny,$(1)),$(and $(PROFILE),$(filter $(OUT),$(1))))
without_redis = $(or $(filter no,$(REDIS)),$(call is_tiny,$(1)))
# What is left out of it, and what stands in its place.
left_out = $(if $(call without_redis,$(1)),$(SHARED_CACHE)) $(if $(call is_tiny,$(1)),$(STAPLING))
in_place = $(if $(call without_redis,$(1)),$(NO_SHARED_CACHE)) $(if $(call is_tiny,$(1)),$(NO_STAPLING))
# $(2) of it, with what stands in place of those that $(3) are the names of.
objects = $(filter-out $(patsubst %.c,%.o,$(call left_out,$(1))),$(2)) $(patsubst %.c,%.o,$(filter $(3),$(call in_place,$(1))))
# Of a variant's directory.
library_objects = $(addprefix $(1)/,$(call objects,$(1),$(LIBRARY_OBJECTS),src/client/% src/tls/%))
program_objects = $(addprefix $(1)/,$(call objects,$(1),$(PROGRAM_OBJECTS),src/cli/%))

# Each variant's directory, and what has rules of its own in each (mk/tests.mk, mk/mbedtls.mk).
DIRECTORIES :=

# DIRECTORY, FLAVOUR, TRIPLE, COMPILER, its FLAGS.
define variant
DIRECTORIES += $(1)
$(1)/%: private FLAVOUR := $(2)
$(1)/%: private TRIPLE := $(3)
$(1)/%: private COMPILER := $(4)
$(1)/%: private COMPILER_FLAGS := $(5)
# Without assembly, most of a handshake is these loops: 5 % fewer instructions for 1.5 KB.
$(if $(and $(filter musl musl-tiny,$(2)),$(if $(call curves_assembly,$(3)),,yes)),$(1)/mbedtls/bignum_core.o: private FILE_FLAGS := -O1)

# Changes when the commands do, so that what they make is made anew; waits for the C library.
$(1)/flags: $(call libc_of,$(2),$(3)) FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$(COMPILE) $$(LINK) $$(LDFLAGS)$$(REDIS:%= REDIS=%))' > $$@.new.$$$$PPID
	@if cmp -s $$@.new.$$$$PPID $$@ && [ ! "$$(firstword $$(filter-out FORCE,$$^))" -nt $$@ ]; then rm $$@.new.$$$$PPID; else mv $$@.new.$$$$PPID $$@; fi

$(1)/src/%.o: src/%.c $(1)/flags | $(MBEDTLS_DIR)/.version
	@mkdir -p $$(@D)
	$$(say) $$(COMPILE) -fvisibility=hidden -MMD -MP -c $$< -o $$@

$(1)/build_date.c: FORCE
	@mkdir -p $$(@D)
	@printf '#include "base/build_date.h"\n\nconst int64_t build_date = INT64_C(%s);\nconst char build_day[] = "%s";\n' \
	    $$(SOURCE_DATE) $$$$(date -u -d @$$(SOURCE_DATE) +%F) > $$@.new.$$$$PPID
	@if cmp -s $$@.new.$$$$PPID $$@; then rm $$@.new.$$$$PPID; else mv $$@.new.$$$$PPID $$@; fi
$(1)/builtin_roots.c: tools/roots_table.py $(ROOTS_DATA)/ORIGIN $(ROOTS_DATA)/mozilla.pem $(ROOTS_DATA)/distrusted $(if $(filter %-tiny,$(2)),$(ROOTS_DATA)/tiny)
	@mkdir -p $$(@D)
	$$(Q)$$(PYTHON) $$^ > $$@
$(1)/build_date.o: src/base/build_date.h
$(1)/builtin_roots.o: src/trust/builtin.h
$(1)/build_date.o $(1)/builtin_roots.o: %.o: %.c $(1)/flags
	$$(say) $$(COMPILE) -fvisibility=hidden -c $$< -o $$@

# From the objects, not from the archive: so what no command uses is left out across files (11 KB less).
$(1)/pinetoken: $(call program_objects,$(1)) $(call library_objects,$(1)) mk/sources.mk
	$$(if $$(V),,@echo "  $$@: $$(MADE_OF)";) $$(TARGET_CC) $$(ALL_CFLAGS) $$(LINK) $$(filter %.o,$$^) $$(LINK_END) $$(LDFLAGS) -o $$@

# One object, so that Mbed TLS's names stay inside and clash with no other copy of it.
$(1)/all.o: $(call library_objects,$(1)) mk/sources.mk
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) -r -nostdlib $$(if $$(filter -flto%,$$(OPTIMISE)),-flinker-output=nolto-rel) $$(filter %.o,$$^) -o $$@
	$$(Q)objcopy --wildcard --keep-global-symbol='pinetoken_*' $$@
$(1)/libpinetoken.a: $(1)/all.o
	$$(Q)rm -f $$@; ar rcsD $$@ $$<
$(1)/libpinetoken.so.$(ABI): $(call library_objects,$(1)) src/libpinetoken.map mk/sources.mk
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) -shared -Wl,-soname,$$(@F),--version-script=src/libpinetoken.map,-z,defs,--gc-sections \
	    $$(LINK) -s $$(filter %.o,$$^) $$(LDFLAGS) -o $$@

$(foreach each,$(VARIANT_RULES),$(call $(each),$(1),$(2),$(3))

)
endef
