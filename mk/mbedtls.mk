# Mbed TLS: the parts that our configuration leaves something of, compiled with it.

MBEDTLS_DIR := third_party/mbedtls/source
MBEDTLS_HEADERS := $(wildcard third_party/mbedtls/*.h)
MBEDTLS_FLAGS = -isystem $(MBEDTLS_DIR)/include -Ithird_party/mbedtls \
    -DMBEDTLS_CONFIG_FILE='"pinetoken_mbedtls_config.h"' $(if $(filter %-tiny,$(FLAVOUR)),-DPINETOKEN_TINY)
MBEDTLS_PRIVATE := -I$(MBEDTLS_DIR)/library -I$(MBEDTLS_DIR)/3rdparty/everest/include -I$(MBEDTLS_DIR)/3rdparty/p256-m

.PHONY: mbedtls
mbedtls: $(MBEDTLS_DIR)/.version ## get the source of Mbed TLS, and nothing more

$(MBEDTLS_DIR)/.version: third_party/mbedtls/lock $(wildcard third_party/mbedtls/patches/*.patch) | third_party/get
	$(Q)third_party/get mbedtls

THIRD_PARTY_OBJECTS := $(MBEDTLS:%=mbedtls/%.o) mbedtls/no_aes_decryption.o

define mbedtls_rules
$(1)/mbedtls/no_aes_decryption.o $(1)/mbedtls/expand_point.o: $(1)/mbedtls/%.o: third_party/mbedtls/%.c $(MBEDTLS_DIR)/.version $(MBEDTLS_HEADERS) $(1)/flags
	@mkdir -p $$(@D)
	$$(say) $$(COMPILE) -isystem $(MBEDTLS_DIR)/library -fvisibility=hidden -c $$< -o $$@
$(1)/mbedtls/%.o: $(MBEDTLS_DIR)/.version $(MBEDTLS_HEADERS) $(1)/flags
	@mkdir -p $$(@D)
	$$(say) $$(TARGET_CC) $$(ALL_CFLAGS) $$(MBEDTLS_FLAGS) $(MBEDTLS_PRIVATE) -fvisibility=hidden -c $(MBEDTLS_DIR)/library/$$*.c -o $$@
endef
VARIANT_RULES += mbedtls_rules
