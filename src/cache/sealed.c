#include "cache/sealed.h"

/* A new version of the format gets another text here: the older one cannot authenticate it. */
#define SEALED_INFO "pinetoken shared cache 1"
/* Seconds that a reply may take, and by which two clocks that are set may differ. */
#define SEALED_SLACK 2

void sealed_append_name(struct buffer *out, const struct sealed_name *name) {
    buffer_append_byte(out, '{');
    buffer_append(out, (span){name->key, ENTRY_KEY_SIZE});
    buffer_append(out, SPAN("}:"));
    switch (name->kind) {
        case SEALED_TOKEN: buffer_append(out, SPAN("token")); return;
        case SEALED_LOCK: buffer_append(out, SPAN("lock")); return;
        case SEALED_FAILURE:
            buffer_append(out, SPAN("failure:"));
            buffer_append(out, (span){name->id, SEALED_ID_SIZE});
            return;
    }
}

bool sealed_derive_key(span secret, unsigned char key[SEAL_KEY_SIZE]) {
    return seal_derive_key(secret, SPAN(""), SPAN(SEALED_INFO), key);
}

/* The name that is authenticated with the value, in a buffer for any name. */
static span sealed_associated(const struct sealed_name *name, struct buffer *out, char *room) {
    buffer_init(out, room, SEALED_NAME_MAX);
    sealed_append_name(out, name);
    return buffer_span(out);
}

bool sealed_write(const unsigned char key[SEAL_KEY_SIZE], const struct sealed_name *name,
                  const unsigned char *nonce, span text, struct buffer *out) {
    char room[SEALED_NAME_MAX];
    struct buffer names;
    return seal_write(key, nonce, sealed_associated(name, &names, room), text, out);
}

bool sealed_read(const unsigned char key[SEAL_KEY_SIZE], const struct sealed_name *name,
                 span sealed, char *out, size_t *size) {
    char room[SEALED_NAME_MAX];
    struct buffer names;
    return seal_read(key, sealed_associated(name, &names, room), sealed, out, size);
}

void sealed_set_times(struct entry *entry, int64_t now, int64_t left_ms) {
    int64_t lifetime = entry->expires - entry->obtained;
    int64_t expires = now + left_ms / 1000 + SEALED_SLACK;
    if (left_ms < 0) {
        return;
    }
    if (expires < entry->expires) {
        entry->expires = expires;
        entry->obtained = expires - lifetime;
    }
    /* If our clock is behind that of the process that obtained it, if only by a fraction of a
     * second, that time seems to be in the future. */
    if (entry->obtained > now) {
        entry->obtained = now;
    }
}
