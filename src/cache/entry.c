#include "cache/entry.h"

#include "base/number.h"
#include "oauth/token_response.h"

#include <string.h>

#define ENTRY_VERSION "pinetoken cache 1\n"

static void entry_append_hex(struct buffer *out, const unsigned char *bytes, size_t size) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        buffer_append_byte(out, hex[bytes[i] >> 4]);
        buffer_append_byte(out, hex[bytes[i] & 15]);
    }
}

static bool entry_append_digest(struct buffer *out, span bytes) {
    unsigned char digest[DIGEST_SIZE];
    if (!digest_sha256(bytes, digest)) {
        return false;
    }
    entry_append_hex(out, digest, sizeof digest);
    return true;
}

/* "-" for what is not given: no digest looks like it. */
static bool entry_append_optional_digest(struct buffer *out, const char *text) {
    if (text == NULL) {
        buffer_append_byte(out, '-');
        return true;
    }
    return entry_append_digest(out, span_text(text));
}

/* A chain: each link is the digest of the previous link and of the next text's digest. */
static bool entry_append_list_digest(struct buffer *out, const char *const *list) {
    char text[2 * ENTRY_KEY_SIZE];
    struct buffer chain;
    if (list == NULL || list[0] == NULL) {
        buffer_append_byte(out, '-');
        return true;
    }
    buffer_init(&chain, text, sizeof text);
    for (size_t i = 0; list[i] != NULL; i++) {
        if (!entry_append_digest(&chain, span_text(list[i]))) {
            return false;
        }
        const span link = buffer_span(&chain);
        unsigned char digest[DIGEST_SIZE];
        if (!digest_sha256(link, digest)) {
            return false;
        }
        buffer_init(&chain, text, sizeof text);
        entry_append_hex(&chain, digest, sizeof digest);
    }
    buffer_append(out, buffer_span(&chain));
    return true;
}

/* What is requested, and whose response is trusted. */
bool entry_key(const pinetoken_config *config, char out[ENTRY_KEY_SIZE]) {
    const char *const parts[] = {config->token_url, config->client_id, config->audience,
                                 config->api_version};
    char text[8 * ENTRY_KEY_SIZE + 1];
    struct buffer digests;
    struct buffer key;
    buffer_init(&digests, text, sizeof text);
    buffer_init(&key, out, ENTRY_KEY_SIZE);
    /* A digest of each part: no two different lists of parts become the same text. */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!entry_append_digest(&digests, span_text(parts[i]))) {
            return false;
        }
    }
    buffer_append_number(&digests, (uint64_t)config->roots);
    return entry_append_optional_digest(&digests, config->ca_file) &&
           entry_append_optional_digest(&digests, config->system_ca_file) &&
           entry_append_list_digest(&digests, config->pins) &&
           entry_append_list_digest(&digests, config->headers) &&
           entry_append_digest(&key, buffer_span(&digests));
}

/* The client and its route. */
bool entry_identity(const pinetoken_config *config, span secret, char out[ENTRY_KEY_SIZE]) {
    char text[4 * ENTRY_KEY_SIZE + 1];
    struct buffer digests;
    struct buffer identity;
    buffer_init(&digests, text, sizeof text);
    buffer_init(&identity, out, ENTRY_KEY_SIZE);
    buffer_append_number(&digests, (uint64_t)config->family);
    return entry_append_digest(&digests, secret) &&
           entry_append_optional_digest(&digests, config->proxy) &&
           entry_append_optional_digest(&digests, config->no_proxy) &&
           entry_append_list_digest(&digests, config->resolve) &&
           entry_append_digest(&identity, buffer_span(&digests));
}

bool entry_salted(span salt, span identity, char out[ENTRY_KEY_SIZE]) {
    char text[2 * ENTRY_KEY_SIZE];
    struct buffer both;
    struct buffer digest;
    buffer_init(&both, text, sizeof text);
    buffer_init(&digest, out, ENTRY_KEY_SIZE);
    buffer_append(&both, salt);
    buffer_append(&both, identity);
    return !both.overflow && entry_append_digest(&digest, buffer_span(&both));
}

static void entry_append_line(struct buffer *out, span name, span value) {
    buffer_append(out, name);
    buffer_append(out, value);
    buffer_append_byte(out, '\n');
}

bool entry_write(const struct entry *entry, struct buffer *out) {
    buffer_append(out, SPAN(ENTRY_VERSION));
    entry_append_line(out, SPAN("key "), entry->key);
    buffer_append(out, SPAN("obtained "));
    buffer_append_number(out, (uint64_t)entry->obtained);
    buffer_append(out, SPAN("\nexpires "));
    buffer_append_number(out, (uint64_t)entry->expires);
    buffer_append_byte(out, '\n');
    entry_append_line(out, SPAN("token "), entry->token);
    buffer_append(out, SPAN("sha256 "));
    /* The digest is of everything above, its own name included. */
    if (out->overflow || !entry_append_digest(out, buffer_span(out))) {
        return false;
    }
    buffer_append_byte(out, '\n');
    return !out->overflow;
}

/* "NAME VALUE\n" off the front of *rest. */
static bool entry_take_line(span *rest, span name, span *value) {
    size_t end = span_find(*rest, '\n');
    if (end == rest->size || !span_starts(*rest, name)) {
        return false;
    }
    *value = span_cut(*rest, name.size, end);
    *rest = span_cut(*rest, end + 1, rest->size);
    return true;
}

static bool entry_take_time(span *rest, span name, int64_t *time) {
    span text;
    uint64_t number = 0;
    if (!entry_take_line(rest, name, &text) || !number_parse(text, 10, LIMIT_UNIX_TIME, &number)) {
        return false;
    }
    *time = (int64_t)number;
    return true;
}

static bool entry_is_digest_of(span digest, span bytes) {
    char text[ENTRY_KEY_SIZE];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    return entry_append_digest(&out, bytes) && span_equal(buffer_span(&out), digest);
}

bool entry_read(span text, struct entry *entry) {
    struct entry read;
    span rest = text;
    span version;
    if (!entry_take_line(&rest, SPAN(""), &version) ||
        !span_equal(version, span_cut(SPAN(ENTRY_VERSION), 0, sizeof ENTRY_VERSION - 2)) ||
        !entry_take_line(&rest, SPAN("key "), &read.key) ||
        !entry_take_time(&rest, SPAN("obtained "), &read.obtained) ||
        !entry_take_time(&rest, SPAN("expires "), &read.expires) ||
        !entry_take_line(&rest, SPAN("token "), &read.token)) {
        return false;
    }
    size_t end = text.size - rest.size + sizeof "sha256 " - 1;
    if (!entry_take_line(&rest, SPAN("sha256 "), &read.digest) || rest.size > 0 ||
        !token_is_valid(read.token) || !entry_is_digest_of(read.digest, span_cut(text, 0, end))) {
        return false;
    }
    *entry = read;
    return true;
}

enum entry_state entry_state(const struct entry *entry, int64_t now, int64_t min_ttl) {
    int64_t lifetime = entry->expires - entry->obtained;
    int64_t left = entry->expires - now;
    int64_t wanted = min_ttl < lifetime / 2 ? min_ttl : lifetime / 2;
    if (now < entry->obtained || left <= 0) {
        return ENTRY_EXPIRED;
    }
    return left >= wanted ? ENTRY_FRESH : ENTRY_STALE;
}
