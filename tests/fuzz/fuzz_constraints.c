/* Name constraints of any bytes: what is taken can be checked, and what it says does not depend on
 * what else it says of names that are not there. */
#include "fuzz.h"
#include "tls/constraints.h"

#include <mbedtls/oid.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char oid[] = "\x55\x1d\x1e";
    static const char names[2][16] = {"a.example", "\x7f\0\0\1"};
    const mbedtls_x509_buf nc = {MBEDTLS_ASN1_OID, sizeof oid - 1, (unsigned char *)oid};
    char *copy = copy_of(data, size);
    const unsigned char *start = (const unsigned char *)copy;
    mbedtls_x509_sequence address = {.buf = {0x87, 4, (unsigned char *)names[1]}};
    mbedtls_x509_crt certificate;
    memset(&certificate, 0, sizeof certificate);
    certificate.subject_alt_names.buf = (mbedtls_x509_buf){0x82, 9, (unsigned char *)names[0]};
    certificate.subject_alt_names.next = &address;
    bool taken = constraints_accept(NULL, NULL, &nc, 1, start, start + size) == 0;
    bool both = constraints_allow((span){copy, size}, &certificate);
    certificate.subject_alt_names.next = NULL;
    bool name = constraints_allow((span){copy, size}, &certificate);
    certificate.subject_alt_names = address;
    bool number = constraints_allow((span){copy, size}, &certificate);
    certificate.subject_alt_names.buf.p = NULL;
    REQUIRE(taken == constraints_allow((span){copy, size}, &certificate));
    REQUIRE(both == (name && number));
    /* The same bytes as a name of each kind. */
    for (int tag = 0x80; tag < 0x89; tag++) {
        certificate.subject_alt_names.buf = (mbedtls_x509_buf){tag, size, (unsigned char *)copy};
        bool allowed = constraints_allow((span){copy, size}, &certificate);
        REQUIRE(taken || !allowed);
    }
    /* The same bytes as all extensions of a certificate: looked through, whatever they are. */
    certificate.v3_ext = (mbedtls_x509_buf){0x30, size, (unsigned char *)copy};
    span found = constraints_of(&certificate);
    REQUIRE(found.size == 0 || lies_within(found, copy, size));
    free(copy);
    return 0;
}
