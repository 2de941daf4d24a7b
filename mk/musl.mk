# The C library of the static program: the locked musl, built here for each processor in the same way.

# A caller that gives TARGET_CC has a system made of musl, and takes that.
SYSTEM_MUSL := $(filter command environment,$(origin TARGET_CC))
MUSL_CC := $(or $(if $(SYSTEM_MUSL),$(TARGET_CC)),$(if $(findstring clang,$(CC)),gcc,$(CC)))
MACHINE := $(shell $(MUSL_CC) -dumpmachine 2>/dev/null)

MUSL = build/libc/$(TRIPLE)
MUSL_LIB = $(abspath $(MUSL)/lib)
MUSL_START = $(if $(SYSTEM_MUSL),$(wildcard $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o),$(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o)
# For size, as the program; guarded, as the program.
MUSL_CFLAGS := -Oz -fstack-protector-strong

# What a variant of FLAVOUR for TRIPLE waits for.
libc_of = $(if $(SYSTEM_MUSL),,$(if $(filter musl%,$(1)),build/libc/$(2)/.version))

third_party/musl/source/.version: third_party/musl/lock $(wildcard third_party/musl/patches/*.patch) | third_party/get
	$(Q)third_party/get musl

# TRIPLE, COMPILER, its FLAGS.
define libc
build/libc/$(1)/.version: third_party/musl/source/.version third_party/musl/build
	+$$(say) third_party/musl/build build/libc/$(1) $(2) $(MUSL_CFLAGS) $(3)
endef
$(eval $(call libc,$(MACHINE),$(MUSL_CC)))
