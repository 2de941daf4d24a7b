# Other processors: static programs by Debian's cross compilers, with the same musl. tools/cross has the table of them.

# Those of a release.
DIST_ARCHS := aarch64 armv7 riscv64
# Those of the README's table: all of them.
SIZE_ARCHS := $(if $(filter sizes,$(MAKECMDGOALS)),$(shell tools/cross list))
# Those of the devices that are booted.
DEVICE_ARCHS := armv7 mipsel
# Those that this make is asked for, by ARCH, by the name of a target, or by a release: only they have rules.
goals_of = $(filter $(1),$(MAKECMDGOALS))
CROSS_ARCHS := $(sort $(ARCH) $(foreach each,$(call goals_of,build/cross/%),$(word 3,$(subst /, ,$(each)))) $(if $(call goals_of,dist),$(DIST_ARCHS)) $(SIZE_ARCHS) $(if $(call goals_of,device-test),$(DEVICE_ARCHS)))
$(foreach each,$(CROSS_ARCHS),$(eval cross_$(each) := $(or $(shell tools/cross $(each) compiler),$(error no compiler for $(each)))))

.PHONY: cross cross-unit-tests cross-all sizes device-test
sizes: build/musl/pinetoken $(SIZE_ARCHS:%=build/cross/%/pinetoken) ## measure the static programs, write the README's table
	$(Q)$(PYTHON) tools/sizes.py $(shell uname -m)=build/musl/pinetoken $(foreach each,$(SIZE_ARCHS),$(each)=build/cross/$(each)/pinetoken)
cross: $(ARCH:%=build/cross/%/pinetoken) ## build build/cross/ARCH/pinetoken, ARCH=... as `tools/cross list` has it
	@[ "$(ARCH)" ] || { echo "cross: ARCH=..., one of: $$(tools/cross list | tr '\n' ' ')" >&2; exit 2; }
cross-unit-tests: cross $(foreach each,$(ARCH),$(call unit_tests,build/cross/$(each)/unit))
cross-all: ## build and test every one of them, as far as its compiler and its emulator are there
	$(Q)CROSS="$$(tools/cross list | tr '\n' ' ')" $(PYTHON) tests/run.py --only cross/ musl

# The unit tests' library, from Debian's source package.
build/cross/cmocka: tools/cross
	$(say) tools/cross sources

# ARCH, TRIPLE, COMPILER, its FLAGS.
define cross_rules
$(call libc,$(2),$(3),$(4))
build/cross/$(1)/lib/libcmocka.a: build/libc/$(2)/.version | build/cross/cmocka
	$$(say) tools/cross $(1) cmocka
$(call unit_tests,build/cross/$(1)/unit) build/cross/$(1)/unit/tests/support/guard.o: build/cross/$(1)/lib/libcmocka.a
$(call variant,build/cross/$(1),musl,$(2),$(3),$(4))
$(call variant,build/cross/$(1)/unit,musl-unit,$(2),$(3),$(4) -Ibuild/cross/$(1)/include -Lbuild/cross/$(1)/lib)
endef
cross_variants = $(call cross_rules,$(1),$(patsubst %-gcc,%,$(firstword $(cross_$(1)))),$(firstword $(cross_$(1))),$(wordlist 2,9,$(cross_$(1))))

# ---- a whole device ------------------------------------------------------------------------------

# Debian's name of each, and its kernel.
device_armv7 := armhf linux-image-armmp
device_mipsel := mipsel linux-image-4kc-malta
device_gcc = build/libc/$(patsubst %-gcc,%,$(firstword $(cross_$(1))))/bin/musl-gcc
build/device/%/init: tests/device/init.c build/cross/%/pinetoken
	@mkdir -p $(@D)
	$(say) $(call device_gcc,$*) $(STANDARD) -O1 -Wall -static $< -o $@
device-test: $(if $(call goals_of,device-test),$(DEVICE_ARCHS:%=build/device/%/init)) ## boot Debian's armhf and mipsel kernels under qemu with the program, a CA file and 64 MB: minutes
	$(Q)$(foreach each,$(DEVICE_ARCHS),tools/device-kernel $(device_$(each)) && $(PYTHON) tests/device/run.py $(each) $(firstword $(device_$(each))) &&) true
