#include "tls/extension.h"

#include "crypto/der.h"

span extension_of(const mbedtls_x509_crt *certificate, span oid) {
    span list = {(const char *)certificate->v3_ext.p, certificate->v3_ext.len};
    span extensions = {NULL, 0};
    span extension;
    bool has_list = der_take_tag(&list, DER_SEQUENCE, &extensions);
    while (has_list && der_take_tag(&extensions, DER_SEQUENCE, &extension)) {
        span its_oid;
        span value = {NULL, 0};
        int tag = 0;
        if (!der_take_tag(&extension, MBEDTLS_ASN1_OID, &its_oid) || !span_equal(its_oid, oid)) {
            continue;
        }
        /* After the critical flag, if there is one. */
        while (der_take(&extension, &tag, &value) && tag != MBEDTLS_ASN1_OCTET_STRING) {
        }
        return value;
    }
    return (span){NULL, 0};
}
