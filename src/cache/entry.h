/* A cached token: text with a version, a checksum and the key of the request that obtained it. */
#ifndef CACHE_ENTRY_H
#define CACHE_ENTRY_H

#include "base/buffer.h"
#include "base/limits.h"
#include "crypto/digest.h"

#define ENTRY_KEY_SIZE 64u /* hexadecimal */
_Static_assert(ENTRY_KEY_SIZE == 2 * DIGEST_SIZE, "two digits a byte");
/* The longest token and the lines around it. */
#define ENTRY_MAX (LIMIT_TOKEN + 512u)

struct entry {
    span key;         /* ENTRY_KEY_SIZE characters */
    int64_t obtained; /* Unix time */
    int64_t expires;
    span token;
    span digest; /* digest of the complete text; set by entry_read */
};

/* Of everything that makes one token another: what is asked for (token URL, client ID, audience,
 * version, headers) and whom the response is believed from (roots, the path of a file of them,
 * pins). Never of the secret. False: it could not be computed. */
PINETOKEN_MUST_USE bool entry_key(const pinetoken_config *config, char out[ENTRY_KEY_SIZE]);
/* Of what makes one fetch with the same key fail where another one does not: the secret and the
 * route (proxy, overrides, family). False: as above. */
PINETOKEN_MUST_USE bool entry_identity(const pinetoken_config *config, span secret,
                                       char out[ENTRY_KEY_SIZE]);
/* An identity that may be written down: without the salt, it cannot be compared with another. */
PINETOKEN_MUST_USE bool entry_salted(span salt, span identity, char out[ENTRY_KEY_SIZE]);
/* Writes the complete entry to `out`, which may overflow. False: the checksum could not be
 * computed. */
PINETOKEN_MUST_USE bool entry_write(const struct entry *entry, struct buffer *out);
/* False: `text` is not bit for bit as entry_write wrote it, or of another version. The spans point
 * into `text`. */
PINETOKEN_MUST_USE bool entry_read(span text, struct entry *entry);

enum entry_state {
    ENTRY_EXPIRED, /* or obtained after the present time: the clock was set back */
    ENTRY_STALE,   /* valid, but for less than `min_ttl` */
    ENTRY_FRESH
};
/* `min_ttl`, in seconds, counts as half of the lifetime at most. */
enum entry_state entry_state(const struct entry *entry, int64_t now, int64_t min_ttl);

#endif
