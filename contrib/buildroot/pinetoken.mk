################################################################################
#
# pinetoken
#
################################################################################
# Buildroot: a package of an external tree (BR2_EXTERNAL); pinetoken.hash needs the release's SHA-256.
# Untested: there was no Buildroot tree.

PINETOKEN_VERSION = 0.1.0
PINETOKEN_SOURCE = pinetoken-$(PINETOKEN_VERSION).tar.xz
PINETOKEN_SITE = $(call qstrip,$(BR2_PACKAGE_PINETOKEN_SITE))
PINETOKEN_LICENSE = Apache-2.0, MPL-2.0 (roots)
PINETOKEN_LICENSE_FILES = LICENSE
# The version and hash of third_party/mbedtls/lock.
PINETOKEN_EXTRA_DOWNLOADS = https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.7/mbedtls-3.6.7.tar.bz2

define PINETOKEN_BUILD_CMDS
	MBEDTLS_TARBALL=$(PINETOKEN_DL_DIR)/mbedtls-3.6.7.tar.bz2 $(MAKE) -C $(@D) mbedtls
	$(MAKE) -C $(@D) build/musl/pinetoken TARGET_CC="$(TARGET_CC)" MUSL_LIB=$(STAGING_DIR)/usr/lib
endef

define PINETOKEN_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/musl/pinetoken $(TARGET_DIR)/usr/bin/pinetoken
endef

$(eval $(generic-package))
