#include "crypto/ocsp.h"

#include "base/calendar.h"
#include "base/number.h"
#include "crypto/der.h"

#define OID_BASIC SPAN("\x2b\x06\x01\x05\x05\x07\x30\x01\x01") /* 1.3.6.1.5.5.7.48.1.1 */
/* Members that are optional, or one of a choice. */
#define MEMBER_0 0xa0
#define MEMBER_1 0xa1
#define STATUS_GOOD 0x80
#define STATUS_REVOKED 0xa1
/* "20261129065000Z", less the Z. */
#define TIME_DIGITS 14u

/* SingleResponse: one certificate's. */
struct ocsp_single {
    span serial;
    int status;   /* the tag of certStatus */
    span revoked; /* its content, a RevokedInfo if that is the status */
    span rest;    /* thisUpdate and what follows it */
};

static const char ocsp_malformed[] = "it is malformed";
static const char ocsp_critical[] = "it has a critical extension, or one that cannot be read";

/* ---- elements -------------------------------------------------------------------------------- */

/* An element after which `list` ends. */
static bool ocsp_take_only(span list, int tag, span *content) {
    return der_take_tag(&list, tag, content) && list.size == 0;
}

/* Empty if the next one has another tag. */
static bool ocsp_take_optional(span *list, int tag, span *content) {
    *content = (span){NULL, 0};
    return list->size == 0 || (unsigned char)list->data[0] != tag ||
           der_take_tag(list, tag, content);
}

/* A SEQUENCE, also as a whole, with its tag and length. */
static bool ocsp_take_whole(span *list, span *whole, span *content) {
    const char *start = list->data;
    bool good = der_take_tag(list, DER_SEQUENCE, content);
    *whole = (span){start, (size_t)(list->data - start)};
    return good;
}

/* GeneralizedTime, in the one form that RFC 5280 4.1.2.5.2 allows. */
static bool ocsp_take_time(span *list, int64_t *seconds) {
    span text;
    uint64_t digits = 0;
    if (!der_take_tag(list, MBEDTLS_ASN1_GENERALIZED_TIME, &text) || text.size != TIME_DIGITS + 1 ||
        text.data[TIME_DIGITS] != 'Z' ||
        !number_parse(span_cut(text, 0, TIME_DIGITS), 10, UINT64_MAX, &digits)) {
        return false;
    }
    const struct calendar calendar = {.year = (int64_t)(digits / 10000000000),
                                      .month = (int)(digits / 100000000 % 100),
                                      .day = (int)(digits / 1000000 % 100),
                                      .hour = (int)(digits / 10000 % 100),
                                      .minute = (int)(digits / 100 % 100),
                                      .second = (int)(digits % 100)};
    *seconds = calendar_to_unix(&calendar);
    return true;
}

/* Extensions: whether all of them may be ignored, because none is critical. In DER, the flag is
 * there, between OID and value, only if it is set. */
static bool ocsp_can_ignore(span extensions) {
    span list = {NULL, 0};
    span extension;
    span ignored;
    bool good = extensions.size == 0 || ocsp_take_only(extensions, DER_SEQUENCE, &list);
    while (good && list.size > 0) {
        good = der_take_tag(&list, DER_SEQUENCE, &extension) &&
               der_take_tag(&extension, MBEDTLS_ASN1_OID, &ignored) &&
               ocsp_take_only(extension, MBEDTLS_ASN1_OCTET_STRING, &ignored);
    }
    return good;
}

/* ---- a response ------------------------------------------------------------------------------ */

static bool ocsp_take_single(span *list, struct ocsp_single *single) {
    span id;
    span ignored;
    return der_take_tag(list, DER_SEQUENCE, &single->rest) &&
           der_take_tag(&single->rest, DER_SEQUENCE, &id) &&
           der_take_tag(&id, DER_SEQUENCE, &ignored) &&
           der_take_tag(&id, MBEDTLS_ASN1_OCTET_STRING, &ignored) &&
           der_take_tag(&id, MBEDTLS_ASN1_OCTET_STRING, &ignored) &&
           ocsp_take_only(id, MBEDTLS_ASN1_INTEGER, &single->serial) &&
           der_take(&single->rest, &single->status, &single->revoked);
}

static const char *ocsp_read_single(struct ocsp_single *single, struct ocsp *ocsp) {
    span next;
    span extensions;
    ocsp->status = single->status == STATUS_GOOD      ? OCSP_GOOD
                   : single->status == STATUS_REVOKED ? OCSP_REVOKED
                                                      : OCSP_UNKNOWN;
    if ((ocsp->status == OCSP_REVOKED && !ocsp_take_time(&single->revoked, &ocsp->revoked_at)) ||
        !ocsp_take_time(&single->rest, &ocsp->this_update) ||
        !ocsp_take_optional(&single->rest, MEMBER_0, &next) ||
        !ocsp_take_optional(&single->rest, MEMBER_1, &extensions) || single->rest.size > 0) {
        return ocsp_malformed;
    }
    ocsp->next_update = ocsp->this_update;
    if (next.size > 0 && (!ocsp_take_time(&next, &ocsp->next_update) || next.size > 0)) {
        return ocsp_malformed;
    }
    return ocsp_can_ignore(extensions) ? NULL : ocsp_critical;
}

/* ResponseData. */
static const char *ocsp_read_data(span data, span serial, struct ocsp *ocsp) {
    struct ocsp_single single;
    span ignored;
    span list;
    span extensions;
    int tag = 0;
    if (!ocsp_take_optional(&data, MEMBER_0, &ignored) || !der_take(&data, &tag, &ignored) ||
        !der_take_tag(&data, MBEDTLS_ASN1_GENERALIZED_TIME, &ignored) ||
        !der_take_tag(&data, DER_SEQUENCE, &list) ||
        !ocsp_take_optional(&data, MEMBER_1, &extensions) || data.size > 0) {
        return ocsp_malformed;
    }
    if (!ocsp_can_ignore(extensions)) {
        return ocsp_critical;
    }
    while (list.size > 0) {
        if (!ocsp_take_single(&list, &single)) {
            return ocsp_malformed;
        }
        if (span_equal(single.serial, serial)) {
            return ocsp_read_single(&single, ocsp);
        }
    }
    return "it is about another certificate";
}

/* BasicOCSPResponse. */
static bool ocsp_split(span basic, struct ocsp *ocsp, span *data) {
    span algorithm;
    span bits;
    span member;
    span list = {NULL, 0};
    span content;
    if (!ocsp_take_whole(&basic, &ocsp->signed_part, data) ||
        !der_take_tag(&basic, DER_SEQUENCE, &algorithm) ||
        !der_take_tag(&algorithm, MBEDTLS_ASN1_OID, &ocsp->algorithm) ||
        !der_take_tag(&basic, MBEDTLS_ASN1_BIT_STRING, &bits) || bits.size == 0 ||
        bits.data[0] != 0 || !ocsp_take_optional(&basic, MEMBER_0, &member) || basic.size > 0) {
        return false;
    }
    ocsp->signature = span_cut(bits, 1, bits.size);
    return (member.size == 0 || ocsp_take_only(member, DER_SEQUENCE, &list)) &&
           (list.size == 0 || ocsp_take_whole(&list, &ocsp->certificate, &content));
}

const char *ocsp_read(span response, span serial, struct ocsp *ocsp) {
    span members;
    span status;
    span member;
    span bytes;
    span type;
    span basic;
    span data;
    *ocsp = (struct ocsp){.status = OCSP_UNKNOWN};
    if (!ocsp_take_only(response, DER_SEQUENCE, &members) ||
        !der_take_tag(&members, MBEDTLS_ASN1_ENUMERATED, &status)) {
        return ocsp_malformed;
    }
    if (!span_equal(status, SPAN("\0"))) {
        return "it is an error of the CA's OCSP responder";
    }
    if (!ocsp_take_only(members, MEMBER_0, &member) ||
        !ocsp_take_only(member, DER_SEQUENCE, &bytes) ||
        !der_take_tag(&bytes, MBEDTLS_ASN1_OID, &type) || !span_equal(type, OID_BASIC) ||
        !ocsp_take_only(bytes, MBEDTLS_ASN1_OCTET_STRING, &member) ||
        !ocsp_take_only(member, DER_SEQUENCE, &basic) || !ocsp_split(basic, ocsp, &data)) {
        return ocsp_malformed;
    }
    return ocsp_read_data(data, serial, ocsp);
}
