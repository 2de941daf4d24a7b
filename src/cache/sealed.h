/* The content of a shared cache: names, and values that only those with the client secret can read
 * or make. */
#ifndef CACHE_SEALED_H
#define CACHE_SEALED_H

#include "cache/entry.h"
#include "crypto/seal.h"

/* Identifies the process that fetches; random, in hexadecimal. */
#define SEALED_ID_SIZE 32u

enum sealed_kind { SEALED_TOKEN, SEALED_LOCK, SEALED_FAILURE };

/* "{KEY}:token", "{KEY}:lock", "{KEY}:failure:ID": all of a key in one place of a cluster. */
#define SEALED_NAME_MAX (ENTRY_KEY_SIZE + sizeof "{}:failure:" + SEALED_ID_SIZE)
struct sealed_name {
    enum sealed_kind kind;
    const char *key; /* ENTRY_KEY_SIZE characters, borrowed */
    const char *id;  /* SEALED_ID_SIZE characters of a failure, borrowed */
};
void sealed_append_name(struct buffer *out, const struct sealed_name *name);

/* False: it could not be computed. */
PINETOKEN_MUST_USE bool sealed_derive_key(span secret, unsigned char key[SEAL_KEY_SIZE]);
/* `text`, to be stored by this name and no other, with 12 random bytes; its overflow. False: as
 * above. */
PINETOKEN_MUST_USE bool sealed_write(const unsigned char key[SEAL_KEY_SIZE],
                                     const struct sealed_name *name, const unsigned char *nonce,
                                     span text, struct buffer *out);
/* To out[0..sealed.size). False: made with another secret, or for another name. */
PINETOKEN_MUST_USE bool sealed_read(const unsigned char key[SEAL_KEY_SIZE],
                                    const struct sealed_name *name, span sealed, char *out,
                                    size_t *size);

/* A token by the server's clock: it has the entry for `left_ms` more (-1: for good), and it is
 * never believed to be valid for longer than it was when it was obtained. */
void sealed_set_times(struct entry *entry, int64_t now, int64_t left_ms);

#endif
