# What is given to others: packages, an image, a release.

DIST := build/dist
.PHONY: sbom dist deb oci
sbom: build/pinetoken.spdx.json ## build build/pinetoken.spdx.json: what the program is made of
build/pinetoken.spdx.json: tools/sbom.py build/musl/pinetoken $(ROOTS_DATA)/ORIGIN third_party/mbedtls/lock third_party/musl/lock
	$(Q)$(PYTHON) tools/sbom.py $(VERSION) $(SOURCE_DATE) build/musl/pinetoken > $@
# By the image specification's names of processors.
oci: build/musl/pinetoken ## build build/oci: an image FROM scratch, as an OCI layout
	$(Q)rm -rf build/oci
	$(Q)$(PYTHON) tools/oci.py $(VERSION) $(SOURCE_DATE) build/oci $(patsubst x86_64,amd64,$(shell uname -m))=build/musl/pinetoken
deb: $(MBEDTLS_DIR)/.version third_party/musl/source/.version ## build build/deb/*.deb by Debian's own tools
	+$(Q)tools/deb > build/deb.log 2>&1 || { tail -30 build/deb.log; exit 1; }
	$(Q)ls build/deb/*.deb
dist: sbom $(DIST_ARCHS:%=build/cross/%/pinetoken) ## build build/dist: the source, a program for each processor, the SBOM, SHA256SUMS
	$(Q)rm -rf $(DIST) && mkdir -p $(DIST)
	$(Q)git archive --prefix=pinetoken-$(VERSION)/ HEAD | xz -T1 > $(DIST)/pinetoken-$(VERSION).tar.xz
	$(Q)cp build/musl/pinetoken $(DIST)/pinetoken-$(VERSION)-$(shell uname -m)
	$(Q)cp build/pinetoken.spdx.json $(DIST)/pinetoken-$(VERSION).spdx.json
	$(Q)for arch in $(DIST_ARCHS); do cp build/cross/$$arch/pinetoken $(DIST)/pinetoken-$(VERSION)-$$arch || exit 1; done
	$(Q)cd $(DIST) && sha256sum pinetoken-* > SHA256SUMS
