#include "trust/builtin.h"

#include "base/buffer.h"

#include <expand.h>

/* A certificate has the name twice, at most 552 bytes of key, and 120 of everything else. */
#define BUILTIN_NAME_MAX 512u
_Static_assert(2 * BUILTIN_NAME_MAX + 552 + 120 <= BUILTIN_CERTIFICATE, "every certificate fits");

/* What surrounds the key in a SubjectPublicKeyInfo (RFC 3279 2.3.1, RFC 5480 2), indexed by
 * builtin_root.key_kind. */
struct key_kind {
    span prefix;
    size_t size; /* size of the key in builtin_keys */
    span suffix;
};

#define RSA_OID "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define RSA_2048 \
    "\x30\x82\x01\x22" RSA_OID "\x03\x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00"
#define RSA_2048_SHORT \
    "\x30\x82\x01\x20" RSA_OID "\x03\x82\x01\x0d\x00\x30\x82\x01\x08\x02\x82\x01\x01\x00"
#define RSA_4096 \
    "\x30\x82\x02\x22" RSA_OID "\x03\x82\x02\x0f\x00\x30\x82\x02\x0a\x02\x82\x02\x01\x00"
#define EC_OID "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define EC_P256 "\x30\x59\x30\x13" EC_OID "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
#define EC_P384 "\x30\x76\x30\x10" EC_OID "\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00"
#define EC_COMPRESSED_MAX 49u
/* Releases of clang-format differ about these braces. */
/* clang-format off */
#define TEXT(literal) \
    { "" literal, sizeof(literal) - 1 }
/* clang-format on */
static const struct key_kind key_kinds[] = {
    {TEXT(RSA_2048), 256, TEXT("\x02\x03\x01\x00\x01")},
    {TEXT(RSA_4096), 512, TEXT("\x02\x03\x01\x00\x01")},
    {TEXT(EC_P256), 33, TEXT("")},
    {TEXT(EC_P384), 49, TEXT("")},
    {TEXT(RSA_2048_SHORT), 256, TEXT("\x02\x01\x03")},
    {TEXT(RSA_2048), 256, TEXT("\x02\x03\x00\xa8\x8b")},
};

/* ecdsa-with-SHA256: some algorithm must be there. */
#define SIGNATURE_ALGORITHM "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
/* [0] version 3, serialNumber 1. */
#define VERSION_AND_SERIAL "\xa0\x03\x02\x01\x02\x02\x01\x01"
/* [3] basicConstraints, critical, cA TRUE; with and without a pathLenConstraint, whose byte
 * follows. */
#define CA "\xa3\x13\x30\x11\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff"
#define NO_PATH_LENGTH 15u
#define CA_WITH_PATH_LENGTH \
    "\xa3\x16\x30\x14\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01"

/* FNV-1a. */
static uint32_t builtin_hash(span name) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.size; i++) {
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
    }
    return hash;
}

/* Index of the first root whose hash is not less. */
static size_t builtin_lower_bound(uint32_t subject) {
    size_t low = 0;
    size_t high = builtin_roots_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (builtin_roots[middle].subject < subject) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* From 1970 to the root's last day: UTCTime covers 1950 to 2049 (RFC 5280 4.1.2.5.1). */
static void builtin_append_validity(struct buffer *out, const unsigned char day[3]) {
    buffer_append(out, SPAN("\x30\x1e\x17\x0d"
                            "700101000000Z"
                            "\x17\x0d"));
    for (size_t i = 0; i < 3; i++) {
        buffer_append_byte(out, (char)('0' + (day[i] >> 4)));
        buffer_append_byte(out, (char)('0' + (day[i] & 15)));
    }
    buffer_append(out, SPAN("000000Z"));
}

/* A point that cannot be expanded, for lack of memory, is left out: no parser takes the rest. */
static void builtin_append_key(struct buffer *out, const struct builtin_root *root) {
    const struct key_kind *kind = &key_kinds[root->key_kind];
    const unsigned char *key = builtin_keys;
    for (const struct builtin_root *each = builtin_roots; each < root; each++) {
        key += key_kinds[each->key_kind].size;
    }
    unsigned char point[2 * EC_COMPRESSED_MAX - 1];
    buffer_append(out, kind->prefix);
    if (kind->size > EC_COMPRESSED_MAX) {
        buffer_append(out, (span){(const char *)key, kind->size});
    } else if (curves_expand(key, kind->size, point)) {
        buffer_append(out, (span){(const char *)point, 2 * kind->size - 1});
    }
    buffer_append(out, kind->suffix);
}

static void builtin_append_body(struct buffer *out, span name, const struct builtin_root *root) {
    buffer_append(out, SPAN(VERSION_AND_SERIAL SIGNATURE_ALGORITHM));
    buffer_append(out, name);
    builtin_append_validity(out, root->not_after);
    buffer_append(out, name);
    builtin_append_key(out, root);
    if (root->path_length == NO_PATH_LENGTH) {
        buffer_append(out, SPAN(CA));
    } else {
        buffer_append(out, SPAN(CA_WITH_PATH_LENGTH));
        buffer_append_byte(out, (char)root->path_length);
    }
}

/* SEQUENCE with a length of two bytes (which DER requires from 256 on; Mbed TLS takes it below,
 * too). */
static void builtin_append_header(struct buffer *out, size_t size) {
    buffer_append(out, SPAN("\x30\x82"));
    buffer_append_byte(out, (char)(size >> 8));
    buffer_append_byte(out, (char)(size & 0xff));
}

static void builtin_write(struct buffer *out, span name, const struct builtin_root *root) {
    char tbs_data[BUILTIN_CERTIFICATE];
    struct buffer tbs;
    const span signature = SPAN(SIGNATURE_ALGORITHM "\x03\x02\x00\x00");
    buffer_init(&tbs, tbs_data, sizeof tbs_data);
    builtin_append_body(&tbs, name, root);
    builtin_append_header(out, 4 + tbs.size + signature.size);
    builtin_append_header(out, tbs.size);
    buffer_append(out, buffer_span(&tbs));
    buffer_append(out, signature);
}

bool builtin_next(span name, size_t *cursor, unsigned char out[BUILTIN_CERTIFICATE], size_t *size) {
    /* Roots of the same name (a CA that changed its key) are adjacent. */
    uint32_t subject = builtin_hash(name);
    size_t index = builtin_lower_bound(subject) + *cursor;
    if (index >= builtin_roots_count || builtin_roots[index].subject != subject ||
        name.size > BUILTIN_NAME_MAX) {
        return false;
    }
    struct buffer buffer;
    buffer_init(&buffer, (char *)out, BUILTIN_CERTIFICATE);
    builtin_write(&buffer, name, &builtin_roots[index]);
    (*cursor)++;
    *size = buffer.size;
    return true;
}
