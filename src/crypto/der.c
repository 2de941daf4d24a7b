#include "crypto/der.h"

bool der_take(span *list, int *tag, span *content) {
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

bool der_take_tag(span *list, int expected, span *content) {
    int tag = 0;
    return der_take(list, &tag, content) && tag == expected;
}
