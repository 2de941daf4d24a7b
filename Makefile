# pinetoken. `make help` lists the targets; the rules are in mk/, by subject.
#   LIBC=musl|glibc    a static program for use (musl), a dynamic one for development (glibc)
#   SANITIZE=1         with AddressSanitizer and UndefinedBehaviorSanitizer (glibc only)
#   COVERAGE=1         that counts which lines and branches ran (glibc only; make coverage)
#   RELEASE=1          the library as it is installed (glibc only; make shared, make install)
#   PROFILE=tiny       only what the issuer needs: TLS 1.3, elliptic curves, the roots in third_party/roots/tiny (musl only)
#   REDIS=no           without a cache on Redis or Valkey, as PROFILE=tiny is
#   CC=...             gcc or clang (musl: gcc only)
#   TARGET_CC=... MUSL_LIB=...  for a system that is made of musl: its compiler, and where its libc.a is
#   CFLAGS LDFLAGS     go after what is here
#   PREFIX DESTDIR     where make install puts things
#   CURVES=mbedtls     P-256 and P-384 by Mbed TLS itself, not by AWS-LC
#   MBEDTLS_TARBALL=FILE MUSL_TARBALL=FILE CURVES_TARBALL=FILE  the sources, if they cannot be fetched
#   V=1                shows whole commands
#
# There is one graph. A variant is a directory (build/musl, build/glibc-sanitize ...) with settings of its own; the variables
# above only choose which of them the names without a directory (all, unit-programs, unit-tests) stand for.
LIBC := musl
SANITIZE :=
COVERAGE :=
RELEASE :=
PROFILE :=
REDIS :=
VARIANT := $(LIBC)$(PROFILE:%=-%)$(if $(SANITIZE),-sanitize)$(if $(COVERAGE),-coverage)$(if $(RELEASE),-release)
VARIANTS := musl musl-tiny glibc glibc-sanitize glibc-coverage glibc-release
ifeq ($(filter $(VARIANT),$(VARIANTS)),)
$(error LIBC is musl or glibc, PROFILE=tiny goes with LIBC=musl, and SANITIZE=1, COVERAGE=1 or RELEASE=1 with LIBC=glibc)
endif
OUT := build/$(VARIANT)

V :=
Q := $(if $(V),,@)
# Begins a recipe: says what is made, in place of the command.
say = $(if $(V),,@echo "  $@";)
comma := ,
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)

DESTDIR :=
PREFIX := /usr/local
LIBDIR := $(PREFIX)/lib
MANDIR := $(PREFIX)/share/man
VERSION := $(shell sed -n 's/.*PINETOKEN_VERSION "\(.*\)"/\1/p' include/pinetoken.h)
# Changes with what programs that were linked before could not bear.
ABI := 0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: FORCE all clean distclean help
FORCE:

all: build/pinetoken build/libpinetoken.a ## build build/pinetoken and build/libpinetoken.a (the default)

# The variant built last, under the names that users know.
build/pinetoken build/libpinetoken.a: build/%: $(OUT)/% FORCE
	@cmp -s $< $@ || cp $< $@

include mk/sources.mk
include mk/flags.mk
include mk/musl.mk
include mk/mbedtls.mk
include mk/curves.mk
include mk/variants.mk
include mk/tests.mk
include mk/fuzz.mk
include mk/cross.mk
include mk/checks.mk
include mk/install.mk
include mk/dist.mk

# Last: the rules of each variant, which need all that is above. OUT may be a directory anywhere.
$(foreach each,$(VARIANTS),$(eval $(call variant,build/$(each),$(each),$(MACHINE),$(MUSL_CC))))
$(foreach each,$(filter-out $(VARIANTS:%=build/%),$(OUT)),$(eval $(call variant,$(each),$(VARIANT),$(MACHINE),$(MUSL_CC))))
$(foreach each,$(CROSS_ARCHS),$(eval $(call cross_variants,$(each))))
-include $(wildcard $(foreach each,$(DIRECTORIES),$(each)/src/*.d $(each)/src/*/*.d $(each)/tests/*.d $(each)/tests/support/*.d))

clean: ## remove what was built
	rm -rf build compile_commands.json
distclean: clean ## and the sources of others that were fetched
	rm -rf third_party/*/source third_party/*/download third_party/curves/found.mk
help: ## this list
	@sed -n 's/^\([a-z_.-]*\):.*## \(.*\)/\1|\2/p' Makefile mk/*.mk | LC_ALL=C sort | awk -F'|' '{ printf "  %-22s %s\n", $$1, $$2 }'
