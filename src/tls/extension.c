#include "tls/extension.h"

#include <mbedtls/asn1.h>

bool extension_take(span *list, int *tag, span *content) {
    unsigned char *at = (unsigned char *)list->data;
    size_t size = 0;
    if (list->size == 0 || mbedtls_asn1_get_tag(&at, at + list->size, &size, *at) != 0) {
        return false;
    }
    *tag = (unsigned char)list->data[0];
    *content = (span){(const char *)at, size};
    list->size -= (size_t)((const char *)at - list->data) + size;
    list->data = (const char *)at + size;
    return true;
}

bool extension_take_tag(span *list, int expected, span *content) {
    int tag = 0;
    return extension_take(list, &tag, content) && tag == expected;
}

span extension_of(const mbedtls_x509_crt *certificate, span oid) {
    span list = {(const char *)certificate->v3_ext.p, certificate->v3_ext.len};
    span extensions = {NULL, 0};
    span extension;
    bool has_list = extension_take_tag(&list, EXTENSION_SEQUENCE, &extensions);
    while (has_list && extension_take_tag(&extensions, EXTENSION_SEQUENCE, &extension)) {
        span its_oid;
        span value = {NULL, 0};
        int tag = 0;
        if (!extension_take_tag(&extension, MBEDTLS_ASN1_OID, &its_oid) ||
            !span_equal(its_oid, oid)) {
            continue;
        }
        /* After the critical flag, if there is one. */
        while (extension_take(&extension, &tag, &value) && tag != MBEDTLS_ASN1_OCTET_STRING) {
        }
        return value;
    }
    return (span){NULL, 0};
}
