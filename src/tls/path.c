#include "tls/path.h"

#include "base/assert.h"
#include "tls/name.h"

#include <stdlib.h>
#include <string.h>

#define NO_INDEX SIZE_MAX
/* Of candidates for an issuer: whether its dates are valid, times whether the key identifiers are
 * equal, unknown, or different. */
#define RANKS 6u
#define RANK_DATES 3u

_Static_assert(LIMIT_PEER_CERTIFICATES <= 64, "a set of them is an uint64_t");
_Static_assert(LIMIT_CHAIN <= MBEDTLS_X509_MAX_VERIFY_CHAIN_SIZE, "Mbed TLS takes every path");

/* A depth-first search for paths of one length after the other, without recursion. A path is the
 * indexes of its certificates, from the server's own up; its root comes on top of them. */
struct path_search {
    struct verify *verify;
    mbedtls_x509_crt *certificates[LIMIT_PEER_CERTIFICATES];
    mbedtls_x509_crt
        *roots[LIMIT_PEER_CERTIFICATES];       /* of each one's issuer; NULL: not known yet */
    uint64_t refuted[LIMIT_PEER_CERTIFICATES]; /* of each one: the issuers that did not sign it */
    size_t count;
    size_t path[LIMIT_CHAIN];
    size_t cursors[LIMIT_CHAIN]; /* position of the search for the issuer of each */
    size_t length;
    size_t longest[LIMIT_CHAIN]; /* the first of the longest paths, if none ends in a root */
    size_t longest_length;
    unsigned steps;
    unsigned paths;      /* tried */
    unsigned signatures; /* checked for them */
    int code;            /* 0: found; CERT_VERIFY_FAILED: not yet; else the search is over */
    bool gave_up;        /* at one of the limits */
    bool has_best;
    struct verify_path best;
};

/* ---- certificates --------------------------------------------------------------------------- */

static size_t path_count(const mbedtls_x509_crt *list) {
    size_t count = 0;
    for (; list != NULL && list->version != 0; list = list->next) {
        count++;
    }
    return count;
}

int path_parse_certificate(void *context, mbedtls_x509_crt *chain, const unsigned char *der,
                           size_t size) {
    struct verify *verify = context;
    size_t count = path_count(chain);
    int code = 0;
    if (count < LIMIT_PEER_CERTIFICATES) {
        code = verify_parse_certificate(chain, der, size);
    }
    if (code == MBEDTLS_ERR_X509_ALLOC_FAILED) {
        return code;
    }
    if (count == 0) {
        verify->unreadable = code;
        return code;
    }
    /* Perhaps no path needs it. */
    verify->has_unreadable = verify->has_unreadable || code != 0;
    return 0;
}

static void path_free_list(mbedtls_x509_crt *list) {
    mbedtls_x509_crt_free(list);
    free(list);
}

/* The roots that may have the name of the issuer of `child`, in a list. 0, or Mbed TLS's error. */
static int path_find_roots(const struct verify *verify, const mbedtls_x509_crt *child,
                           mbedtls_x509_crt **roots) {
    const span issuer = {(const char *)child->issuer_raw.p, child->issuer_raw.len};
    unsigned char room[LIMIT_CERTIFICATE];
    size_t cursor = 0;
    span der;
    mbedtls_x509_crt *list = calloc(1, sizeof *list);
    if (list == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    mbedtls_x509_crt_init(list);
    for (size_t i = 0; i < LIMIT_ROOTS && roots_next(verify->roots, issuer, &cursor, room, &der);
         i++) {
        /* One that cannot be read is not a candidate; one that there was no memory for may have
         * been the right one. */
        if (verify_parse_certificate(list, (const unsigned char *)der.data, der.size) ==
            MBEDTLS_ERR_X509_ALLOC_FAILED) {
            path_free_list(list);
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
    }
    *roots = list;
    return 0;
}

static bool path_bytes_equal(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

static bool path_names_match(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b) {
    return a->len == b->len &&
           name_starts((span){(const char *)a->p, a->len}, (span){(const char *)b->p, b->len});
}

/* The same CA, perhaps certified by another one: both on a path would be a detour. */
static bool path_is_same(const mbedtls_x509_crt *a, const mbedtls_x509_crt *b) {
    return path_bytes_equal(&a->pk_raw, &b->pk_raw) &&
           path_bytes_equal(&a->subject_raw, &b->subject_raw);
}

static bool path_is_current(const mbedtls_x509_crt *certificate) {
    return mbedtls_x509_time_is_past(&certificate->valid_to) == 0 &&
           mbedtls_x509_time_is_future(&certificate->valid_from) == 0;
}

/* Key identifiers are a hint (RFC 5280 4.2.1.1), never a reason to leave one out. */
static unsigned path_rank(const mbedtls_x509_crt *child, const mbedtls_x509_crt *issuer) {
    const mbedtls_x509_buf *wanted = &child->authority_key_id.keyIdentifier;
    const mbedtls_x509_buf *given = &issuer->subject_key_id;
    unsigned rank = path_is_current(issuer) ? RANK_DATES : 0;
    if (wanted->len == 0 || given->len == 0) {
        return rank + 1;
    }
    return rank + (path_bytes_equal(wanted, given) ? 2 : 0);
}

/* ---- one path ------------------------------------------------------------------------------- */

/* Signatures that Mbed TLS checks: one for each link, and one more if the root has the issuer's
 * name.
 */
static unsigned path_cost(const struct path_search *search, const mbedtls_x509_crt *root) {
    unsigned cost = (unsigned)search->length;
    for (size_t i = 0; root != NULL && i + 1 < search->length; i++) {
        cost += path_names_match(&search->certificates[search->path[i]]->issuer_raw,
                                 &root->subject_raw);
    }
    return cost;
}

/* Remembers what Mbed TLS found out about signatures, and the error of the best path: the first,
 * unless a later one leads to a root. */
static void path_record_failure(struct path_search *search) {
    const struct verify_path *path = &search->verify->path;
    for (size_t i = 0; i + 1 < search->length; i++) {
        if ((path->unsigned_links >> i & 1) != 0) {
            search->refuted[search->path[i]] |= UINT64_C(1) << search->path[i + 1];
        }
    }
    if (!search->has_best || ((search->best.flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 &&
                              (path->flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0)) {
        search->best = *path;
        search->has_best = true;
    }
}

/* Moves the issuer of the server's certificate out of its list, before that is freed: what the
 * struct points to lies on the heap. */
static void path_keep_issuer(const struct path_search *search, mbedtls_x509_crt *root) {
    struct verify *verify = search->verify;
    mbedtls_x509_crt *issuer = search->length > 1 ? search->certificates[search->path[1]] : root;
    if (search->code != 0 || issuer == NULL || verify->path.leaf_is_root) {
        return;
    }
    mbedtls_x509_crt_free(&verify->issuer);
    verify->issuer = *issuer;
    verify->issuer.next = NULL;
    mbedtls_x509_crt_init(issuer);
}

/* Shows Mbed TLS only the path. `root` NULL: there is none. */
static void path_try(struct path_search *search, mbedtls_x509_crt *root) {
    mbedtls_x509_crt *leaf = search->certificates[0];
    mbedtls_x509_crt *other_roots = root != NULL ? root->next : NULL;
    uint32_t flags = 0;
    unsigned cost = path_cost(search, root);
    if (search->paths == LIMIT_PATHS || cost > LIMIT_PATH_SIGNATURES - search->signatures) {
        search->gave_up = true;
        return;
    }
    search->paths++;
    search->signatures += cost;
    for (size_t i = 0; i < search->length; i++) {
        search->certificates[search->path[i]]->next =
            i + 1 < search->length ? search->certificates[search->path[i + 1]] : NULL;
    }
    if (root != NULL) {
        root->next = NULL;
    }
    verify_begin(search->verify, search->length, root, leaf);
    search->code = mbedtls_x509_crt_verify_with_profile(leaf, root, NULL, &verify_profile, NULL,
                                                        &flags, verify_certificate, search->verify);
    path_keep_issuer(search, root);
    if (root != NULL) {
        root->next = other_roots;
    }
    if (search->code != 0) {
        path_record_failure(search);
        search->code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    }
}

/* ---- the search ----------------------------------------------------------------------------- */

static bool path_goes_on(const struct path_search *search) {
    return search->code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && !search->gave_up;
}

/* How many certificates from the server's own up may be on one path: none of them is known to be
 * signed by another key than that of the next. */
static size_t path_signed_length(const struct path_search *search) {
    size_t length = 1;
    while (length < search->length &&
           (search->refuted[search->path[length - 1]] >> search->path[length] & 1) == 0) {
        length++;
    }
    return length;
}

/* The path with each root of its last certificate's issuer, the best first. */
static void path_try_roots(struct path_search *search) {
    size_t last = search->path[search->length - 1];
    const mbedtls_x509_crt *child = search->certificates[last];
    if (search->roots[last] == NULL) {
        int code = path_find_roots(search->verify, child, &search->roots[last]);
        if (code != 0) {
            search->code = code;
            return;
        }
        for (mbedtls_x509_crt *root = search->roots[last]; root != NULL; root = root->next) {
            verify_take_path_length(root);
        }
    }
    for (unsigned rank = RANKS; rank-- > 0;) {
        mbedtls_x509_crt *root = search->roots[last];
        for (; root != NULL && root->version != 0; root = root->next) {
            if (path_goes_on(search) && path_names_match(&child->issuer_raw, &root->subject_raw) &&
                path_rank(child, root) == rank) {
                path_try(search, root);
            }
        }
    }
}

static bool path_has(const struct path_search *search, size_t index) {
    for (size_t i = 0; i < search->length; i++) {
        if (path_is_same(search->certificates[search->path[i]], search->certificates[index])) {
            return true;
        }
    }
    return false;
}

/* The next candidate for the issuer of the last one; NO_INDEX: no more. */
static size_t path_next_issuer(struct path_search *search) {
    size_t last = search->path[search->length - 1];
    const mbedtls_x509_crt *child = search->certificates[last];
    size_t *cursor = &search->cursors[search->length - 1];
    while (*cursor < RANKS * search->count) {
        size_t index = *cursor % search->count;
        unsigned rank = RANKS - 1 - (unsigned)(*cursor / search->count);
        const mbedtls_x509_crt *issuer = search->certificates[index];
        (*cursor)++;
        if (index > 0 && (search->refuted[last] >> index & 1) == 0 &&
            mbedtls_x509_crt_get_ca_istrue(issuer) == 1 &&
            mbedtls_x509_crt_check_key_usage(issuer, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0 &&
            path_names_match(&child->issuer_raw, &issuer->subject_raw) &&
            path_rank(child, issuer) == rank && !path_has(search, index)) {
            return index;
        }
    }
    return NO_INDEX;
}

static void path_push(struct path_search *search, size_t index) {
    search->path[search->length] = index;
    search->cursors[search->length] = 0;
    search->length++;
    if (search->length > search->longest_length) {
        memcpy(search->longest, search->path, sizeof search->longest);
        search->longest_length = search->length;
    }
    search->steps++;
    search->gave_up = search->gave_up || search->steps > LIMIT_PATH_STEPS;
}

/* Every path of `length` certificates and a root. False: there is none, so none is longer. */
static bool path_search_length(struct path_search *search, size_t length) {
    bool found = false;
    search->length = 0;
    path_push(search, 0);
    while (search->length > 0 && path_goes_on(search)) {
        size_t next = search->length < length ? path_next_issuer(search) : NO_INDEX;
        if (next != NO_INDEX) {
            path_push(search, next);
            continue;
        }
        if (search->length == length) {
            found = true;
            path_try_roots(search);
        }
        size_t good = path_signed_length(search);
        search->length = good < search->length ? good : search->length - 1;
    }
    return found;
}

/* A server's own certificate among the roots is trusted as it is, whoever issued it. */
static void path_try_leaf(struct path_search *search) {
    const struct verify *verify = search->verify;
    const mbedtls_x509_crt *leaf = search->certificates[0];
    const span subject = {(const char *)leaf->subject_raw.p, leaf->subject_raw.len};
    const span bytes = {(const char *)leaf->raw.p, leaf->raw.len};
    unsigned char room[LIMIT_CERTIFICATE];
    size_t cursor = 0;
    span der;
    while (!verify->roots->is_builtin && roots_next(verify->roots, subject, &cursor, room, &der)) {
        if (span_equal(der, bytes)) {
            search->length = 1;
            path_try(search, search->certificates[0]);
            return;
        }
    }
}

/* No path has a root: the error of the longest says whose root is missing. */
static void path_try_longest(struct path_search *search) {
    memcpy(search->path, search->longest, sizeof search->path);
    search->length = search->longest_length;
    path_try(search, NULL);
}

static void path_run(struct path_search *search) {
    size_t length = 1;
    while (length < LIMIT_CHAIN && path_goes_on(search) && path_search_length(search, length)) {
        length++;
    }
    if (path_goes_on(search)) {
        path_try_leaf(search);
    }
    if (search->code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && !search->has_best) {
        path_try_longest(search);
    }
}

static void path_start(struct path_search *search, mbedtls_x509_crt *chain, struct verify *verify) {
    memset(search, 0, sizeof *search);
    search->verify = verify;
    search->code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    for (; chain != NULL && search->count < LIMIT_PEER_CERTIFICATES; chain = chain->next) {
        verify_take_path_length(chain);
        search->certificates[search->count++] = chain;
    }
}

/* Links the server's certificates as they were, so that whoever has the first one frees them all.
 */
static void path_finish(struct path_search *search, mbedtls_x509_crt *rest) {
    for (size_t i = 0; i < search->count; i++) {
        search->certificates[i]->next = i + 1 < search->count ? search->certificates[i + 1] : rest;
        if (search->roots[i] != NULL) {
            path_free_list(search->roots[i]);
        }
    }
}

int path_verify(void *context, mbedtls_x509_crt *chain, uint32_t *flags) {
    struct verify *verify = context;
    struct path_search search;
    assert(chain != NULL);
    path_start(&search, chain, verify);
    mbedtls_x509_crt *rest = search.certificates[search.count - 1]->next;
    path_run(&search);
    path_finish(&search, rest);
    *flags = 0;
    if (search.code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        verify->path = search.best;
        verify->path.root = NULL; /* it was freed */
        verify->path.flags |= search.gave_up ? VERIFY_TOO_COMPLEX : 0;
        *flags = verify->path.flags;
    }
    return search.code;
}
