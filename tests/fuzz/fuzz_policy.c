/* The extensions of a certificate as any bytes: what is taken of policies is read without a fault,
 * a path without a demand for policies is never refused for them, and one that is refused stays so
 * if a certificate has fewer policies. */
#include "fuzz.h"
#include "tls/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char oids[3][4] = {"\x55\x1d\x21", "\x55\x1d\x24", "\x55\x1d\x36"};
    uint8_t length = take_choice(&data, &size) % 10 + 1;
    char *copy = copy_of(data, size);
    struct policy policy;
    struct policy poorer;
    mbedtls_x509_sequence one = {.buf = {MBEDTLS_ASN1_OID, 3, (unsigned char *)"\x2a\x03\x04"}};
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt without;
    memset(&certificate, 0, sizeof certificate);
    certificate.v3_ext = (mbedtls_x509_buf){0x30, size, (unsigned char *)copy};
    certificate.subject_raw = certificate.issuer_raw = (mbedtls_x509_buf){0x30, 1, one.buf.p};
    certificate.issuer_raw.len = length % 2 + 1;
    without = certificate;
    certificate.certificate_policies = one;
    for (size_t i = 0; i < 3; i++) {
        if (policy_accepts((span){oids[i], 3}, (span){copy, size}) && size > 0 && i > 0) {
            REQUIRE(copy[0] == 0x30 || copy[0] == 0x02);
        }
    }
    policy_begin(&policy, length);
    policy_begin(&poorer, length);
    bool good = true;
    for (size_t i = 0; i < length; i++) {
        bool is_last = i + 1 == length;
        good = policy_check(&policy, &certificate, is_last) && good;
        bool is_accepted = policy_check(&poorer, is_last ? &without : &certificate, is_last);
        REQUIRE(good || !is_accepted || !is_last);
        REQUIRE(policy.count <= POLICY_MAX && policy.required_after <= length + 1u);
        REQUIRE(good || memmem(copy, size, oids[1], 3) != NULL);
    }
    free(copy);
    return 0;
}
