# Yocto: a recipe for a distribution with TCLIBC = "musl"; SRC_URI's first line and hash are the release's.
# Untested: there was no Yocto build.
SUMMARY = "Access tokens for a Pinecone service account"
LICENSE = "Apache-2.0 & MPL-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

SRC_URI = "${PINETOKEN_RELEASES}/pinetoken-${PV}.tar.xz;name=pinetoken \
           https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.7/mbedtls-3.6.7.tar.bz2;name=mbedtls;unpack=0"
SRC_URI[pinetoken.sha256sum] = "${PINETOKEN_SHA256}"
SRC_URI[mbedtls.sha256sum] = "a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6"

COMPATIBLE_HOST:libc-glibc = "null"
DEPENDS = "python3-native"

do_compile() {
    MBEDTLS_TARBALL=${WORKDIR}/mbedtls-3.6.7.tar.bz2 oe_runmake mbedtls
    oe_runmake build/musl/pinetoken TARGET_CC="${CC}" MUSL_LIB=${STAGING_LIBDIR}
}

do_install() {
    install -D -m 0755 ${B}/build/musl/pinetoken ${D}${bindir}/pinetoken
}

# Its own link step strips it.
INSANE_SKIP:${PN} = "already-stripped ldflags"
