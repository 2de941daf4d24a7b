# What a variant is compiled and linked with: $(FLAVOUR), $(TRIPLE), $(COMPILER) and $(COMPILER_FLAGS) are its own
# (mk/variants.mk), the settings below are its flavour's. Each can be given on the command line, too: OPTIMISE=-O1.

STANDARD := -std=c11 -D_GNU_SOURCE
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wvla -Werror
INCLUDES := -Isrc -Iinclude
ALL_CFLAGS = $(STANDARD) $(OPTIMISE) $(FILE_FLAGS) $(HARDEN) $(CFLAGS)
# One command for all of our sources; -c FILE -o FILE follow.
COMPILE = $(TARGET_CC) $(ALL_CFLAGS) $(WARNINGS) $(INCLUDES) $(MBEDTLS_FLAGS)

setting = $($(FLAVOUR:-tiny=).$(1))
TARGET_CC = $(call setting,TARGET_CC)
OPTIMISE = $(call setting,OPTIMISE)
HARDEN = $(call setting,HARDEN)
LINK = $(call setting,LINK)
LINK_END = $(call setting,LINK_END)

# ---- musl: one file that needs nothing, optimised for size across files --------------------------

musl.TARGET_CC = $(MUSL)/bin/musl-gcc $(COMPILER_FLAGS)

# Of gcc's own choices those that cost bytes here, as far as they are worth a switch (gcc 12, x86-64; docs/tuning.md).
# 1.2 KB: it would save registers around calls in place of computing a value again.
SMALLER = -fno-expensive-optimizations
# 1.3 KB: a call at the end of a function is a call, after which its one epilogue follows, not an epilogue of its own and a jump.
SMALLER += -fno-optimize-sibling-calls
# 0.6 KB: large tables begin where the ABI wants them to, not at a line of the processor's cache.
SMALLER += $(if $(filter x86_64-%,$(TRIPLE)),-malign-data=abi)
# Assertions trap (src/base/assert.h): their texts, and printf for them, would be 13 KB.
musl.OPTIMISE = -Oz -DASSERT_TRAPS $(SMALLER) -flto=auto -flto-partition=one -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables

# Security before bytes: each function that has an array or takes the address of a local variable is guarded (7 KB). There is no
# _FORTIFY_SOURCE, because musl has no headers for it.
musl.HARDEN = $(if $(MUSL_START),-fPIE,-fno-pie) -fstack-protector-strong $(GUARD)
# On x86-64 the guard is a variable, as on other processors, not a place in the thread's block, which takes two bytes more to
# name each time (1.3 KB). The value is the same: musl fills in both.
GUARD = $(if $(filter x86_64-%,$(TRIPLE)),-mstack-protector-guard=global)

# Code and constants share a segment: 8 KB less of padding, in the file and in memory. The smallest "common page" keeps the data
# from being moved to a page of its own in the file, too. No RELRO: musl's start file of static programs makes nothing
# read-only after it has relocated (ldso/dlstart.c, 1.2.6 too); the mark in the file would promise what does not hold.
# On riscv64 the linker takes the empty relocations that it leaves itself (R_RISCV_NONE) for relocations of code.
musl.LINK = -static -Wl,--gc-sections,-z,norelro,-z,now,-z,noexecstack,-z,$(if $(filter riscv64-%,$(TRIPLE)),no)text \
    -Wl,-z,noseparate-code,-z,common-page-size=32,--build-id=none,--hash-style=sysv -s $(STATIC_PIE) $(PACKED)
# Position-independent, by musl's start file for it, which the specs of its gcc do not know; without gcc's own start files, which
# register unwind tables, those tables can go.
STATIC_PIE = $(if $(MUSL_START),-nostartfiles -Wl$(comma)-pie$(comma)--no-dynamic-linker$(comma)-T$(comma)mk/discard.ld $(MUSL_START),-no-pie)
musl.LINK_END = $(if $(MUSL_START),$(MUSL_LIB)/crtn.o)
# If the linker can, relocations take a bit each: 7 KB less. musl's start file applies them from 1.2.4 on.
PACKED = $(if $(SYSTEM_MUSL),,$(addprefix -Wl$(comma)-z$(comma),$(firstword $(shell $(COMPILER) -Wl,--help 2>/dev/null | grep -ow pack-relative-relocs))))

# Unit tests on another processor: they are run under an emulator, and may be large.
musl-unit.TARGET_CC = $(musl.TARGET_CC)
musl-unit.OPTIMISE := -O1
musl-unit.LINK := -static

# ---- glibc: for development, and the library that is installed -----------------------------------

glibc.TARGET_CC = $(CC)
glibc.OPTIMISE := -O1 -g
glibc.HARDEN := -fPIE -fstack-protector-strong
glibc.LINK := -pie -pthread -Wl,-z,relro,-z,now

glibc-release.TARGET_CC = $(CC)
glibc-release.OPTIMISE := -O2 -DASSERT_TRAPS -ffunction-sections -fdata-sections
glibc-release.HARDEN := -fPIC -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
glibc-release.LINK := -pthread -Wl,-z,relro,-z,now

glibc-sanitize.TARGET_CC = $(CC)
glibc-sanitize.OPTIMISE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
glibc-sanitize.LINK = -pthread $(OPTIMISE)

glibc-coverage.TARGET_CC = $(CC)
glibc-coverage.OPTIMISE := -O0 -g --coverage
glibc-coverage.LINK := -pthread --coverage
