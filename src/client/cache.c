/* The public store: one fetch for all who ask at once. See pinetoken.h. */
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/log.h"
#include "base/number.h"
#include "base/secret.h"
#include "cache/file.h"
#include "oauth/token_request.h"
#include "os/clock.h"
#include "os/hooks.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* How often those who wait look whether it is their turn. */
#define POLL_MS 20

struct pinetoken_cache {
    struct log log;
    pinetoken_config hooks; /* `now` and its user alone */
    struct cache_file file;
    bool is_open;
    bool has_warned;
    char key[ENTRY_KEY_SIZE];
    char text[ENTRY_MAX]; /* as read or written last */
    struct entry entry;   /* points into it */
    enum entry_state state;
};

/* A demand on its way. */
struct sharing {
    pinetoken_cache *store;
    const pinetoken_cache_policy *demand;
    int64_t deadline;
    pinetoken_error *error;
    char unwanted[ENTRY_KEY_SIZE]; /* digest of the entry that `refresh` is not content with */
    bool has_unwanted;
};

/* Once a demand, for those who wait look often. */
static void warn(pinetoken_cache *store, enum event event, const char *why) {
    if (!store->has_warned) {
        log_event(&store->log, event, span_text(why), -1);
    }
    store->has_warned = true;
}

/* ---- open and close -------------------------------------------------------------------------- */

pinetoken_cache *pinetoken_cache_open(const pinetoken_config *given, const char *path,
                                      pinetoken_error *error) {
    pinetoken_config config;
    struct url url;
    if (!token_request_take(&config, given, error) || !token_request_check(&config, &url, error)) {
        return NULL;
    }
    pinetoken_cache *store = calloc(1, sizeof *store);
    if (store == NULL) {
        error_set(error, PINETOKEN_INTERNAL, "store: out of memory", "");
        return NULL;
    }
    error_clear(error);
    store->log = (struct log){config.log, config.user, config.log_level};
    store->hooks = (pinetoken_config){.now = config.now, .user = config.user};
    store->file = (struct cache_file){.directory = -1, .lock = -1};
    store->is_open = entry_key(&config, store->key) &&
                     cache_file_open(&store->file, path, (span){store->key, ENTRY_KEY_SIZE}, error);
    if (!store->is_open && error->status == PINETOKEN_LOCAL) {
        pinetoken_cache_close(store);
        return NULL;
    }
    if (!store->is_open) {
        warn(store, EVENT_CACHE_UNUSABLE, strerror(errno));
    }
    return store;
}

void pinetoken_cache_close(pinetoken_cache *store) {
    if (store != NULL) {
        cache_file_close(&store->file);
        secret_wipe(store->text, sizeof store->text);
        free(store);
    }
}

pinetoken_status pinetoken_cache_forget(pinetoken_cache *store, pinetoken_error *error) {
    if (!store->is_open || cache_file_remove(&store->file) || errno == ENOENT) {
        return PINETOKEN_OK;
    }
    error_begin(error, PINETOKEN_LOCAL, "store: the token cannot be removed: ");
    error_add(error, strerror(errno));
    error_advise(error, "check the mode of its directory");
    return error->status;
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static bool is_unwanted(const struct sharing *sharing, const struct entry *entry) {
    return entry->obtained <= sharing->demand->newer_than ||
           (sharing->has_unwanted &&
            span_equal(entry->digest, (span){sharing->unwanted, sizeof sharing->unwanted}));
}

static void judge(const struct sharing *sharing, size_t size) {
    pinetoken_cache *store = sharing->store;
    int64_t now = clock_unix();
    if (!entry_read((span){store->text, size}, &store->entry)) {
        warn(store, EVENT_CACHE_DAMAGED, "");
        return;
    }
    if (!span_equal(store->entry.key, (span){store->key, sizeof store->key}) ||
        is_unwanted(sharing, &store->entry)) {
        return;
    }
    if (now < store->entry.obtained) {
        warn(store, EVENT_CACHE_CLOCK_WENT_BACK, "");
    }
    store->state = entry_state(&store->entry, now, sharing->demand->min_ttl);
}

/* False: the store is not safe to use. */
static bool look(const struct sharing *sharing) {
    pinetoken_cache *store = sharing->store;
    size_t size = 0;
    store->state = ENTRY_EXPIRED;
    if (cache_file_read(&store->file, store->text, &size, sharing->error)) {
        judge(sharing, size);
    } else if (sharing->error->status != PINETOKEN_OK) {
        return false;
    } else if (errno != ENOENT) {
        warn(store, EVENT_CACHE_UNREADABLE, strerror(errno));
    }
    return true;
}

static bool look_at_first(struct sharing *sharing) {
    if (!look(sharing)) {
        return false;
    }
    if (sharing->demand->refresh && sharing->store->state != ENTRY_EXPIRED) {
        memcpy(sharing->unwanted, sharing->store->entry.digest.data, sizeof sharing->unwanted);
        sharing->has_unwanted = true;
        sharing->store->state = ENTRY_EXPIRED;
    }
    return true;
}

static void give(const pinetoken_cache *store, pinetoken_token *token) {
    int64_t left = store->entry.expires - clock_unix();
    *token =
        (pinetoken_token){store->entry.token, left, store->entry.expires, store->entry.obtained};
    log_event(&store->log, EVENT_CACHE_HIT, SPAN(""), left);
}

static void keep(pinetoken_cache *store, const pinetoken_token *token) {
    struct buffer out;
    const struct entry entry = {.key = {store->key, sizeof store->key},
                                .obtained = token->obtained_at,
                                .expires = token->expires_at,
                                .token = token->access_token};
    /* Without an end, or by a clock that is not set, nobody could tell whether it still lives. */
    if (token->expires_at < 0 || token->obtained_at < build_date) {
        return;
    }
    buffer_init(&out, store->text, sizeof store->text);
    if (!entry_write(&entry, &out) || !cache_file_replace(&store->file, buffer_span(&out))) {
        warn(store, EVENT_CACHE_UNWRITABLE, strerror(errno));
    }
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

enum turn { TURN_OURS, TURN_KEPT, TURN_FAILED, TURN_WAIT };

/* What others who asked the same would be told too. */
static bool is_shared(pinetoken_status status) {
    return status == PINETOKEN_REJECTED || status == PINETOKEN_NETWORK ||
           status == PINETOKEN_THROTTLED || status == PINETOKEN_UNAVAILABLE;
}

#define NOTE_MAX (PINETOKEN_MESSAGE_CAPACITY + 4u)

static void write_note(struct buffer *note, const pinetoken_error *error) {
    if (is_shared(error->status)) {
        buffer_append_number(note, (uint64_t)error->status);
        buffer_append_byte(note, ' ');
        buffer_append(note, span_text(error->message));
    }
}

/* False: there is none, or it is not as written. */
static bool read_note(struct buffer *note, pinetoken_error *error) {
    span text = buffer_span(note);
    size_t end = span_find(text, ' ');
    uint64_t status = 0;
    if (!number_parse(span_cut(text, 0, end), 10, PINETOKEN_UNAVAILABLE, &status) ||
        !is_shared((pinetoken_status)status) || text.size == NOTE_MAX) {
        return false;
    }
    note->data[text.size] = '\0';
    error_begin(error, (pinetoken_status)status, "");
    error_add(error, note->data + end + 1);
    error_add(error, "; so it went for another process that asked at the same time");
    return true;
}

static enum turn wait_a_little(const struct sharing *sharing) {
    int left = deadline_left(sharing->deadline, clock_monotonic_ms(), POLL_MS);
    if (left == 0) {
        error_set(
            sharing->error, PINETOKEN_TIMEOUT,
            "timeout: the time ran out in waiting for another process that fetches the same token",
            "give more time");
        return TURN_FAILED;
    }
    (void)poll(NULL, 0, left);
    if (!look(sharing)) {
        return TURN_FAILED;
    }
    return sharing->store->state == ENTRY_FRESH ? TURN_KEPT : TURN_WAIT;
}

static enum turn ask_for_turn(const struct sharing *sharing) {
    pinetoken_cache *store = sharing->store;
    char data[NOTE_MAX];
    struct buffer note;
    buffer_init(&note, data, sizeof data);
    enum lock_state lock = cache_file_try_lock(&store->file, &note);
    if (lock == LOCK_BUSY) {
        return store->state == ENTRY_STALE ? TURN_KEPT : wait_a_little(sharing);
    }
    if (lock == LOCK_NONE) {
        return TURN_OURS;
    }
    if (!look(sharing)) {
        return TURN_FAILED;
    }
    if (store->state == ENTRY_FRESH || (store->state == ENTRY_STALE && lock == LOCK_OVER)) {
        return TURN_KEPT;
    }
    if (lock == LOCK_OVER) {
        return read_note(&note, sharing->error) ? TURN_FAILED : TURN_WAIT;
    }
    return TURN_OURS;
}

static pinetoken_status fetch_for_all(const struct sharing *sharing, pinetoken_fetch_fn fetch,
                                      void *user, pinetoken_token *token) {
    pinetoken_cache *store = sharing->store;
    char data[NOTE_MAX];
    struct buffer note;
    buffer_init(&note, data, sizeof data);
    int64_t left = sharing->deadline - clock_monotonic_ms();
    pinetoken_status status = fetch(user, left > 0 ? left : 0, token, sharing->error);
    /* It may have been a client's, with its own. */
    hooks_use(&store->hooks);
    if (status == PINETOKEN_OK) {
        keep(store, token);
    } else {
        write_note(&note, sharing->error);
    }
    cache_file_unlock(&store->file, buffer_span(&note));
    if (status != PINETOKEN_OK && store->state == ENTRY_STALE &&
        store->entry.expires > clock_unix()) {
        warn(store, EVENT_CACHE_NOT_RENEWED, sharing->error->message);
        give(store, token);
        return PINETOKEN_OK;
    }
    return status;
}

static pinetoken_status fetch_or_share(pinetoken_cache *store, const pinetoken_cache_policy *demand,
                                       int64_t timeout_ms, pinetoken_fetch_fn fetch, void *user,
                                       pinetoken_token *token, pinetoken_error *error) {
    struct sharing sharing = {.store = store, .demand = demand, .error = error};
    enum turn turn = TURN_WAIT;
    if (!store->is_open) {
        return fetch(user, timeout_ms, token, error);
    }
    store->has_warned = false;
    if (clock_unix() < build_date) {
        warn(store, EVENT_CACHE_CLOCK_UNSET, "");
        return fetch(user, timeout_ms, token, error);
    }
    sharing.deadline = deadline_after(clock_monotonic_ms(), timeout_ms);
    if (!look_at_first(&sharing)) {
        return error->status;
    }
    if (store->state == ENTRY_FRESH) {
        turn = TURN_KEPT;
    }
    while (turn == TURN_WAIT) {
        turn = ask_for_turn(&sharing);
    }
    if (turn == TURN_OURS) {
        return fetch_for_all(&sharing, fetch, user, token);
    }
    cache_file_unlock(&store->file, SPAN(""));
    if (turn == TURN_KEPT) {
        give(store, token);
    }
    return turn == TURN_KEPT ? PINETOKEN_OK : error->status;
}

pinetoken_status pinetoken_cache_fetch(pinetoken_cache *store, const pinetoken_cache_policy *demand,
                                       int64_t timeout_ms, pinetoken_fetch_fn fetch, void *user,
                                       pinetoken_token *token, pinetoken_error *error) {
    hooks_use(&store->hooks);
    pinetoken_status status = fetch_or_share(store, demand, timeout_ms, fetch, user, token, error);
    hooks_use(NULL);
    return status;
}
