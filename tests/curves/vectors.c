/* Runs test vectors of signatures and key exchanges through Mbed TLS as the program uses it. A line
 * each on standard input, which tests/support/wycheproof.py writes:
 *   ecdsa CURVE HASH KEY MESSAGE SIGNATURE    prints "valid" or "invalid"
 *   ecdh CURVE PRIVATE KEY                    prints the shared secret, or "invalid"
 *   x25519 PRIVATE KEY                        the same, both as RFC 7748 has them
 * CURVE is 256 or 384, HASH 256, 384 or 512; the rest is hexadecimal, "-" for nothing; KEY is a
 * SubjectPublicKeyInfo, which begins with 30, or a point. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* numbers and points, seen from inside */

#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_BYTES 65536u
#define FIELDS 6u

struct bytes {
    unsigned char data[FIELD_BYTES];
    size_t size;
};

static void vectors_read_hex(const char *text, struct bytes *bytes) {
    bytes->size = 0;
    for (; text[0] != '-' && text[0] != '\0' && bytes->size < FIELD_BYTES; text += 2) {
        const char digits[] = {text[0], text[1], '\0'};
        bytes->data[bytes->size++] = (unsigned char)strtoul(digits, NULL, 16);
    }
}

static mbedtls_ecp_group_id vectors_curve(const char *text) {
    return strcmp(text, "256") == 0 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1;
}

static mbedtls_md_type_t vectors_hash(const char *text) {
    if (strcmp(text, "256") == 0) {
        return MBEDTLS_MD_SHA256;
    }
    return strcmp(text, "384") == 0 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA512;
}

/* The way of a certificate's key. */
static int vectors_read_info(const struct bytes *key, mbedtls_ecp_group_id curve,
                             mbedtls_ecp_point *point) {
    unsigned char *at = (unsigned char *)key->data;
    mbedtls_pk_context context;
    mbedtls_pk_init(&context);
    int code = mbedtls_pk_parse_subpubkey(&at, at + key->size, &context);
    if (code == 0 && (!mbedtls_pk_can_do(&context, MBEDTLS_PK_ECKEY) ||
                      mbedtls_pk_ec(context)->grp.id != curve || at != key->data + key->size)) {
        code = MBEDTLS_ERR_ECP_INVALID_KEY;
    }
    if (code == 0) {
        code = mbedtls_ecp_copy(point, &mbedtls_pk_ec(context)->Q);
    }
    mbedtls_pk_free(&context);
    return code;
}

static int vectors_read_key(const struct bytes *key, const mbedtls_ecp_group *group,
                            mbedtls_ecp_point *point) {
    if (key->size > 0 && key->data[0] == 0x30 && group->id != MBEDTLS_ECP_DP_CURVE25519) {
        return vectors_read_info(key, group->id, point);
    }
    int code = mbedtls_ecp_point_read_binary(group, point, key->data, key->size);
    return code == 0 ? mbedtls_ecp_check_pubkey(group, point) : code;
}

static void vectors_verify(char *const fields[FIELDS]) {
    static struct bytes key, message, signature;
    unsigned char hash[64];
    mbedtls_ecdsa_context context;
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(vectors_hash(fields[2]));
    vectors_read_hex(fields[3], &key);
    vectors_read_hex(fields[4], &message);
    vectors_read_hex(fields[5], &signature);
    mbedtls_ecdsa_init(&context);
    int code = mbedtls_ecp_group_load(&context.grp, vectors_curve(fields[1]));
    if (code == 0) {
        code = vectors_read_key(&key, &context.grp, &context.Q);
    }
    if (code == 0) {
        code = mbedtls_md(info, message.data, message.size, hash);
    }
    if (code == 0) {
        code = mbedtls_ecdsa_read_signature(&context, hash, mbedtls_md_get_size(info),
                                            signature.data, signature.size);
    }
    puts(code == 0 ? "valid" : "invalid");
    mbedtls_ecdsa_free(&context);
}

/* Blinds nothing here: the results are compared. */
static int vectors_random(void *context, unsigned char *out, size_t size) {
    (void)context;
    memset(out, 0x5a, size);
    return 0;
}

static void vectors_exchange(char *const fields[FIELDS]) {
    static struct bytes secret, key;
    unsigned char shared[48];
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_mpi scalar, x;
    vectors_read_hex(fields[2], &secret);
    vectors_read_hex(fields[3], &key);
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&scalar);
    mbedtls_mpi_init(&x);
    size_t size = vectors_curve(fields[1]) == MBEDTLS_ECP_DP_SECP256R1 ? 32 : 48;
    bool done =
        mbedtls_ecp_group_load(&group, vectors_curve(fields[1])) == 0 &&
        vectors_read_key(&key, &group, &point) == 0 &&
        mbedtls_mpi_read_binary(&scalar, secret.data, secret.size) == 0 &&
        mbedtls_ecdh_compute_shared(&group, &x, &point, &scalar, vectors_random, NULL) == 0 &&
        mbedtls_mpi_write_binary(&x, shared, size) == 0;
    for (size_t i = 0; done && i < size; i++) {
        printf("%02x", shared[i]);
    }
    puts(done ? "" : "invalid");
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&scalar);
    mbedtls_mpi_free(&x);
}

/* RFC 7748 5, decodeScalar25519. */
static int vectors_read_scalar(const struct bytes *secret, mbedtls_mpi *scalar) {
    unsigned char bytes[32] = {0};
    memcpy(bytes, secret->data, sizeof bytes);
    bytes[0] &= 248;
    bytes[31] = (unsigned char)((bytes[31] & 127) | 64);
    return mbedtls_mpi_read_binary_le(scalar, bytes, sizeof bytes);
}

static void vectors_exchange_x25519(char *const fields[FIELDS]) {
    static struct bytes secret, key;
    unsigned char shared[32];
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_mpi scalar, x;
    vectors_read_hex(fields[1], &secret);
    vectors_read_hex(fields[2], &key);
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&scalar);
    mbedtls_mpi_init(&x);
    bool done =
        mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_CURVE25519) == 0 &&
        vectors_read_key(&key, &group, &point) == 0 && vectors_read_scalar(&secret, &scalar) == 0 &&
        mbedtls_ecdh_compute_shared(&group, &x, &point, &scalar, vectors_random, NULL) == 0 &&
        mbedtls_mpi_write_binary_le(&x, shared, sizeof shared) == 0;
    for (size_t i = 0; done && i < sizeof shared; i++) {
        printf("%02x", shared[i]);
    }
    puts(done ? "" : "invalid");
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&scalar);
    mbedtls_mpi_free(&x);
}

int main(void) {
    static char line[4 * FIELD_BYTES];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *fields[FIELDS] = {NULL};
        size_t count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < FIELDS;
             word = strtok(NULL, " \n")) {
            fields[count++] = word;
        }
        if (count == 6 && strcmp(fields[0], "ecdsa") == 0) {
            vectors_verify(fields);
        } else if (count == 4 && strcmp(fields[0], "ecdh") == 0) {
            vectors_exchange(fields);
        } else if (count == 3 && strcmp(fields[0], "x25519") == 0) {
            vectors_exchange_x25519(fields);
        } else {
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
