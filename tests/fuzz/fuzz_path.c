/* Certificates of any bytes as a server's, and the last of them as the root: path building ends,
 * says why it refuses, and does not depend on the order of those after the first. */
#include "base/error.h"
#include "fuzz.h"
#include "os/hooks.h"
#include "tls/describe.h"
#include "tls/path.h"

#include <mbedtls/asn1.h>

#define CERTIFICATES_MAX 16u

/* 2030: what the corpus has is valid. */
static int64_t then(void *user) {
    (void)user;
    return INT64_C(1893456000);
}

/* Cuts off the next one; what is no DER goes whole. */
static span next_certificate(const uint8_t **data, size_t *size) {
    unsigned char *at = (unsigned char *)*data;
    const span all = {(const char *)*data, *size};
    size_t length = 0;
    int code = mbedtls_asn1_get_tag(&at, *data + *size, &length,
                                    MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    size_t used = code == 0 ? (size_t)(at - *data) + length : *size;
    *data += used;
    *size -= used;
    return span_cut(all, 0, used);
}

/* The server's own one first, the others from one end or the other. */
static int judge(const struct roots *roots, const span *list, size_t count, bool is_reversed,
                 pinetoken_error *error) {
    const struct log log = {NULL, NULL, PINETOKEN_LOG_WARN};
    struct verify verify;
    mbedtls_x509_crt chain;
    uint32_t flags = 0;
    int code = 0;
    mbedtls_x509_crt_init(&chain);
    verify_init(&verify, SPAN("localhost"), roots, NULL, &log);
    for (size_t i = 0; code == 0 && i < count; i++) {
        const span *each = &list[i > 0 && is_reversed ? count - i : i];
        char *copy = copy_of(each->data, each->size);
        code = path_parse_certificate(&verify, &chain, (const unsigned char *)copy, each->size);
        free(copy);
    }
    REQUIRE(code == 0 || describe_unreadable(code)[0] != '\0');
    if (code == 0) {
        code = path_verify(&verify, &chain, &flags);
        REQUIRE((code == 0) == (flags == 0));
        describe_refusal(&verify, flags, error);
        REQUIRE(code == 0 || error->message[0] != '\0');
        code = (flags & VERIFY_TOO_COMPLEX) != 0 ? 1 : code;
    }
    verify_free(&verify);
    mbedtls_x509_crt_free(&chain);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pinetoken_config config = {.now = then};
    span list[CERTIFICATES_MAX];
    pinetoken_error error;
    size_t count = 0;
    while (size > 0 && count < CERTIFICATES_MAX) {
        list[count++] = next_certificate(&data, &size);
    }
    if (count < 2 || list[count - 1].size > LIMIT_CERTIFICATE) {
        return 0;
    }
    const span root = list[--count];
    struct roots roots = {.bundle = {.size = root.size + 2, .count = 1}, .origin = "roots"};
    roots.bundle.data = malloc(root.size + 2);
    REQUIRE(roots.bundle.data != NULL);
    roots.bundle.data[0] = (unsigned char)(root.size >> 8);
    roots.bundle.data[1] = (unsigned char)root.size;
    memcpy(roots.bundle.data + 2, root.data, root.size);
    hooks_use(&config);
    int one = judge(&roots, list, count, false, &error);
    int other = judge(&roots, list, count, true, &error);
    REQUIRE(one == 1 || other == 1 || (one == 0) == (other == 0));
    hooks_use(NULL);
    roots_free(&roots);
    return 0;
}
