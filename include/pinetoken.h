/* pinetoken: a Pinecone service account's client id and secret in, an access token out.
 *
 * Two layers. The exchange is the protocol alone (OAuth2 client credentials, RFC 6749 4.4, over
 * HTTP/1.1): bytes in, bytes out, for those who bring a TLS stack of their own. The client adds
 * names, sockets and verified TLS.
 *
 *     pinetoken_config config;
 *     pinetoken_config_init(&config);
 *     config.client_id = "my-id";
 *     config.secret = read_my_secret;
 *     pinetoken *client = pinetoken_new(&config, &error);
 *     if (client != NULL && pinetoken_fetch(client, 30000, &token, &error) == PINETOKEN_OK) {
 *         use(token.access_token);
 *     }
 *     pinetoken_free(client);
 *
 * Conventions. Pointers are never NULL unless a line says so. Text that goes in is NUL-terminated;
 * text that comes out is a span and is not. Times are milliseconds where the name ends in _ms, else
 * seconds. A call that fails fills *error and leaves its other outputs alone. One handle is used by
 * one thread at a time; handles share nothing that changes. The library never prints, exits, reads
 * the environment or changes a signal's disposition. Two exceptions to "no globals" are Mbed TLS's:
 * psa_crypto_init() runs once a process, and its key store, some 100 bytes for each of the most
 * handshakes at once, stays; and Mbed TLS allocates with the C library. */
#ifndef PINETOKEN_H
#define PINETOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PINETOKEN_VERSION "0.1.0"

#if defined(__GNUC__)
#define PINETOKEN_API __attribute__((visibility("default")))
#define PINETOKEN_MUST_USE __attribute__((warn_unused_result))
#else
#define PINETOKEN_API
#define PINETOKEN_MUST_USE
#endif

/* ---- outcome -------------------------------------------------------------------------------- */

/* The numbers are also the program's exit codes. */
typedef enum {
    PINETOKEN_OK = 0,
    PINETOKEN_INTERNAL = 1,    /* a bug, or out of memory */
    PINETOKEN_USAGE = 2,       /* the configuration breaks a rule of this header */
    PINETOKEN_CREDENTIALS = 3, /* id or secret: missing, malformed */
    PINETOKEN_REJECTED = 4, /* the issuer said no: an OAuth error, or another 4xx that is final */
    PINETOKEN_NETWORK = 5,  /* name resolution, connect, reset, proxy */
    PINETOKEN_TLS = 6,      /* handshake, certificate, or the roots to check it against */
    PINETOKEN_CLOCK =
        7, /* the certificate is out of date by a clock that is older than this build */
    PINETOKEN_PROTOCOL = 8, /* the answer is not what HTTP, JSON or OAuth allow, or is a redirect */
    PINETOKEN_LOCAL = 9,    /* a file of this machine, standard output */
    PINETOKEN_THROTTLED = 10,  /* 429, or asked to wait for longer than there is time */
    PINETOKEN_TIMEOUT = 11,    /* the time given ran out */
    PINETOKEN_UNAVAILABLE = 12 /* 5xx, 408, 425 */
} pinetoken_status;

/* What was going on when an error or an event arose. */
typedef enum {
    PINETOKEN_PHASE_NONE,
    PINETOKEN_PHASE_CLOCK, /* waiting for the machine's clock to be set */
    PINETOKEN_PHASE_RESOLVE,
    PINETOKEN_PHASE_DIAL,
    PINETOKEN_PHASE_PROXY,
    PINETOKEN_PHASE_HANDSHAKE,
    PINETOKEN_PHASE_SEND,
    PINETOKEN_PHASE_RECEIVE,
    PINETOKEN_PHASE_WAIT /* between two tries */
} pinetoken_phase;

#define PINETOKEN_MESSAGE_CAPACITY 384u
#define PINETOKEN_ADVICE_CAPACITY 192u

/* A plain value: copy it, keep it, drop it. A fact that is not known is 0, or -1 where a line says
 * so. */
typedef struct {
    pinetoken_status status;
    pinetoken_phase phase;
    bool transient;  /* the very same request may succeed in a moment: what retries go by */
    int http_status; /* the issuer's, or the proxy's in PINETOKEN_PHASE_PROXY */
    int system_errno;
    int tls_code;           /* Mbed TLS's number, negative */
    int tls_alert;          /* number of the alert that the peer sent; -1: none */
    uint32_t verify_flags;  /* MBEDTLS_X509_BADCERT_..., for PINETOKEN_TLS */
    int64_t retry_after_ms; /* what the issuer asked for; -1: nothing */
    int64_t offset;         /* byte at fault, from the start of what the message names; -1: none */
    char oauth_error[64];   /* RFC 6749 5.2, within its character set; "": none */
    char message[PINETOKEN_MESSAGE_CAPACITY]; /* "what: why", one line of printable ASCII, no secret
                                               */
    char advice[PINETOKEN_ADVICE_CAPACITY];   /* what to do, in the same form; "": none */
} pinetoken_error;

/* "ok", "rejected", ...: static text; "unknown" for a number that is none. */
PINETOKEN_API const char *pinetoken_status_name(pinetoken_status status);
/* Whether the same call may succeed later without anyone changing anything. */
PINETOKEN_API bool pinetoken_status_retryable(pinetoken_status status);
/* "handshake", ...: static text. */
PINETOKEN_API const char *pinetoken_phase_name(pinetoken_phase phase);

/* ---- a view of bytes that someone else owns ------------------------------------------------- */

typedef struct {
    const char *data; /* may be NULL where size is 0 */
    size_t size;
} pinetoken_span;

/* ---- log ------------------------------------------------------------------------------------ */

typedef enum { PINETOKEN_LOG_WARN, PINETOKEN_LOG_INFO, PINETOKEN_LOG_TRACE } pinetoken_log_level;

/* Facts only: there is no member that a secret or a token is ever put into. */
typedef struct {
    pinetoken_log_level level;
    pinetoken_phase phase;
    const char *name;    /* static: "tcp.connected", "tls.certificate", ...; stable, for programs */
    const char *what;    /* static, English for people: "connected to", ...; it may change */
    pinetoken_span text; /* printable ASCII, valid during the call only; may be empty */
    int64_t number;      /* its meaning goes with `name`; -1: none */
} pinetoken_event;

typedef void (*pinetoken_log_fn)(void *user, const pinetoken_event *event);

/* ---- configuration -------------------------------------------------------------------------- */

/* Points *secret at the client secret, 1 to 4096 bytes of UTF-8 without control characters; false:
 * cannot. The library reads it before the call that asked returns and keeps the one copy that goes
 * out, which it wipes once sent. */
typedef bool (*pinetoken_secret_fn)(void *user, pinetoken_span *secret);

typedef enum { PINETOKEN_BODY_JSON, PINETOKEN_BODY_FORM } pinetoken_body;

typedef enum {
    PINETOKEN_FAMILY_ANY,
    PINETOKEN_FAMILY_IPV4,
    PINETOKEN_FAMILY_IPV6
} pinetoken_family;

typedef enum {
    PINETOKEN_ROOTS_AUTO, /* the system's where there are any, else the built-in ones */
    PINETOKEN_ROOTS_SYSTEM,
    PINETOKEN_ROOTS_BUILTIN /* Mozilla's, as of pinetoken_build.roots_date */
} pinetoken_roots;

/* All text is borrowed until the call that gets it returns. Members are added at the end alone, so
 * that a program goes on working with a newer library. */
typedef struct {
    size_t size;           /* what of this struct the program knows; by pinetoken_config_init */
    const char *token_url; /* https://host[:port]/path[?query] */
    const char *client_id; /* as the secret: 1 to 4096 bytes */
    const char *audience;
    const char *api_version; /* X-Pinecone-Api-Version */
    pinetoken_body body;
    const char *const
        *headers; /* further request fields, "Name: value", NULL-terminated; NULL: none */
    pinetoken_roots roots;
    const char *ca_file;        /* PEM; these roots alone; NULL: as `roots` says */
    const char *system_ca_file; /* PEM; where the system's roots are; NULL: the usual places */
    const char *const *pins;    /* "sha256//BASE64" of a SubjectPublicKeyInfo, NULL-terminated: one
                                   certificate of the verified chain must have one; NULL: none */
    const char *proxy;          /* http://[user:password@]host[:port], for CONNECT; NULL: none */
    const char *no_proxy; /* hosts, suffixes, networks that are reached without it; NULL: none */
    const char *const *resolve; /* "HOST:PORT:ADDRESS[,ADDRESS...]", NULL-terminated: addresses that
                                   no resolver is asked for; NULL: none */
    pinetoken_family family;    /* of the addresses that are tried */
    int64_t connect_timeout_ms; /* of one connection: TCP, proxy and TLS */
    int64_t
        clock_timeout_ms; /* how long to wait for a clock that is older than this build to be set */
    unsigned retries;     /* further tries, for what may pass by itself */
    pinetoken_secret_fn secret;
    pinetoken_log_fn log; /* NULL: silent */
    /* Where the handle lies, in which the secret does too while it is on its way; what `allocate`
     * gives is aligned for anything, and NULL where there is none. NULL: calloc and free. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    /* The time, in Unix seconds, by which certificates and tokens are judged. NULL: the system's.
     */
    int64_t (*now)(void *user);
    /* Fills with randomness fit for keys, without blocking; false: there is none. NULL: the
     * kernel's. */
    bool (*random)(void *user, void *data, size_t size);
    void *user;                    /* handed to all of these */
    pinetoken_log_level log_level; /* `log` gets no more detail than this */
} pinetoken_config;

/* Every default filled in; client_id and secret are left to the caller. */
#define pinetoken_config_init(config) pinetoken_config_init_size((config), sizeof *(config))
/* `size` is the caller's sizeof(pinetoken_config). */
PINETOKEN_API void pinetoken_config_init_size(pinetoken_config *config, size_t size);

/* ---- what a fetch gives --------------------------------------------------------------------- */

typedef struct {
    pinetoken_span
        access_token;    /* RFC 6750 2.1 characters; borrowed from the object that gave it */
    int64_t expires_in;  /* seconds from receipt; -1: the issuer did not say */
    int64_t expires_at;  /* Unix time; -1: not known (always, from an exchange: it has no clock) */
    int64_t obtained_at; /* Unix time; -1: as above */
} pinetoken_token;

/* ---- layer 1, the exchange: no socket, file, clock or allocation ---------------------------- */

typedef struct pinetoken_exchange pinetoken_exchange;

#define PINETOKEN_EXCHANGE_SIZE 32768u
/* Put it on a stack, in .bss or on a heap; nothing else is used. */
typedef union {
    long long align_integer_;
    void *align_pointer_;
    unsigned char bytes_[PINETOKEN_EXCHANGE_SIZE];
} pinetoken_exchange_storage;

typedef enum {
    PINETOKEN_WANT_SEND,
    PINETOKEN_WANT_RECEIVE,
    PINETOKEN_COMPLETE, /* pinetoken_exchange_token has the token */
    PINETOKEN_FAILED    /* pinetoken_exchange_failure has the reason */
} pinetoken_want;

/* Checks `config`, asks for the secret and writes the request. NULL: *error says why, the storage
 * is wiped. USAGE, CREDENTIALS. The exchange lives in `storage` until pinetoken_exchange_wipe. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_exchange *pinetoken_exchange_init(
    pinetoken_exchange_storage *storage, const pinetoken_config *config, pinetoken_error *error);
PINETOKEN_API pinetoken_want pinetoken_exchange_state(const pinetoken_exchange *exchange);
/* Bytes still to send; empty unless the state is WANT_SEND. */
PINETOKEN_API pinetoken_span pinetoken_exchange_output(const pinetoken_exchange *exchange);
/* The first `size` of them are sent, or copied by the TLS stack: they are wiped here. */
PINETOKEN_API void pinetoken_exchange_sent(pinetoken_exchange *exchange, size_t size);
/* Where to receive, and how much fits; NULL and 0 unless the state is WANT_RECEIVE. */
PINETOKEN_API char *pinetoken_exchange_input(pinetoken_exchange *exchange, size_t *capacity);
/* `size` bytes now lie there. */
PINETOKEN_API void pinetoken_exchange_received(pinetoken_exchange *exchange, size_t size);
/* The peer ended its side; authenticated: by close_notify, not by cutting the connection. */
PINETOKEN_API void pinetoken_exchange_closed(pinetoken_exchange *exchange, bool authenticated);
/* The token, valid until pinetoken_exchange_wipe. Only in state COMPLETE. */
PINETOKEN_API void pinetoken_exchange_token(const pinetoken_exchange *exchange,
                                            pinetoken_token *token);
/* Why it broke: REJECTED, NETWORK, PROTOCOL, THROTTLED, UNAVAILABLE. Only in state BROKEN. */
PINETOKEN_API void pinetoken_exchange_failure(const pinetoken_exchange *exchange,
                                              pinetoken_error *error);
/* Overwrites every byte that held request or answer. Always safe after _init, twice too. */
PINETOKEN_API void pinetoken_exchange_wipe(pinetoken_exchange *exchange);

/* ---- layer 2, the client: the exchange plus names, sockets and verified TLS ----------------- */

typedef struct pinetoken pinetoken;

/* Checks and copies `config` (without the secret). NULL: *error says why. INTERNAL, USAGE,
 * CREDENTIALS. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken *pinetoken_new(const pinetoken_config *config,
                                                          pinetoken_error *error);
/* Ends what is going on, wipes and frees. NULL is fine. */
PINETOKEN_API void pinetoken_free(pinetoken *client);

/* A fetch from start to end, blocking in poll(2) for at most `timeout_ms`. The token is borrowed
 * from the client until its next start or free. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_fetch(pinetoken *client,
                                                                  int64_t timeout_ms,
                                                                  pinetoken_token *token,
                                                                  pinetoken_error *error);

/* The same in an event loop: start, then step whenever the descriptor is ready or the time is up.
 * Nothing, name resolution, retries and waits included, outlives `timeout_ms`. A start drops what
 * went on before. */
PINETOKEN_API void pinetoken_start(pinetoken *client, int64_t timeout_ms);

typedef enum { PINETOKEN_STEP_WAIT, PINETOKEN_STEP_DONE, PINETOKEN_STEP_FAILED } pinetoken_progress;
/* Goes as far as it can without blocking. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_progress pinetoken_step(pinetoken *client);

typedef struct {
    int fd; /* -1: wait for the time alone */
    bool read, write;
    int timeout_ms; /* step again after so long, whatever the descriptor does */
} pinetoken_wait;
/* What the last step is waiting for. The descriptor may be another one after each step. */
PINETOKEN_API void pinetoken_wanted(const pinetoken *client, pinetoken_wait *wait);

/* After STEP_DONE; borrowed as for pinetoken_fetch. */
PINETOKEN_API void pinetoken_result(const pinetoken *client, pinetoken_token *token);
/* After STEP_FAILED. */
PINETOKEN_API void pinetoken_failure(const pinetoken *client, pinetoken_error *error);

/* ---- a call of the API with a token, over the same client ------------------------------------ */

/* What a client sends whose token_url is the URL to call; its api_version and headers go too. All
 * of it is borrowed until the call's end. */
typedef struct {
    const char *method;
    pinetoken_span token;     /* sent as "Authorization: Bearer" */
    const char *content_type; /* of the request's body; NULL: there is none */
    int64_t content_length;   /* of the body; -1: not known, it is sent in chunks */
    bool with_head;           /* the answer's status line and fields are written too */
    bool refuse_unauthorized; /* a 401 is PINETOKEN_REJECTED, and its body dropped */
    /* The next bytes of the body, at most `capacity`; *size 0: that was all. May block. */
    bool (*read)(void *user, char *data, size_t capacity, size_t *size);
    /* The answer's content as it comes. May block. */
    bool (*write)(void *user, const char *data, size_t size);
    void *user; /* handed to both */
} pinetoken_call;

typedef struct {
    int http_status;
    char request_id[64]; /* printable ASCII; "": none */
} pinetoken_response;

/* As pinetoken_start; then step. Tried again only where the method is idempotent (RFC 9110 9.2.2)
 * and neither `read` nor `write` was called yet. A redirect is an answer like any other. */
PINETOKEN_API void pinetoken_start_call(pinetoken *client, const pinetoken_call *call,
                                        int64_t timeout_ms);
/* Blocking, as pinetoken_fetch. OK: there was an answer, whatever its status. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_make_call(pinetoken *client,
                                                                      const pinetoken_call *call,
                                                                      int64_t timeout_ms,
                                                                      pinetoken_response *answer,
                                                                      pinetoken_error *error);

/* ---- layer 3, the store: one token for all processes that need it --------------------------- */

typedef struct pinetoken_cache pinetoken_cache;

/* How a new token is had, like pinetoken_fetch. The token is borrowed until the next call, or until
 * what `user` points to ends. */
typedef pinetoken_status (*pinetoken_fetch_fn)(void *user, int64_t timeout_ms,
                                               pinetoken_token *token, pinetoken_error *error);

/* What a token has to be like. */
typedef struct {
    int64_t min_ttl;    /* seconds that a kept one must live on; more than half of its life is never
                           asked for */
    bool refresh;       /* the one that is kept now is not wanted */
    int64_t newer_than; /* nor is one that was obtained then or before, Unix time */
} pinetoken_cache_policy;

/* The store in the file `path`, or, where that is a directory or ends in '/', in the file of it
 * that is named by a hash of the token URL, client id, audience and API version of `config`. What
 * is missing of the directory is made. Where there cannot be one, for want of space or rights, the
 * log gets a warning and every demand goes to the issuer. NULL: *error says why. LOCAL: other users
 * could write to it; INTERNAL, USAGE, CREDENTIALS. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_cache *pinetoken_cache_open(
    const pinetoken_config *config, const char *path, pinetoken_error *error);
/* The kept token, or a new one by `fetch`, which only one process calls at a time: the others wait
 * for what it gets, its failure too where it is the issuer's or the network's. While an old token
 * lives, they get that one instead, and a failure is a warning. Blocks for at most `timeout_ms`.
 * The token is borrowed until the next call. What `fetch` fails with; LOCAL, TIMEOUT. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_cache_fetch(
    pinetoken_cache *store, const pinetoken_cache_policy *demand, int64_t timeout_ms,
    pinetoken_fetch_fn fetch, void *user, pinetoken_token *token, pinetoken_error *error);
/* Removes what is kept. Nothing kept is no error. LOCAL. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_cache_forget(pinetoken_cache *store,
                                                                         pinetoken_error *error);
/* NULL is fine. */
PINETOKEN_API void pinetoken_cache_close(pinetoken_cache *store);

/* ---- one page of a list ---------------------------------------------------------------------- */

#define PINETOKEN_PAGE_MAX 4194304u /* bytes of one */
typedef struct {
    pinetoken_span elements; /* what stands between the brackets of its first array; may be empty */
    char next[2048]; /* "pagination": {"next": ...}, encoded for a query; "": the last page */
} pinetoken_page;
/* Reads the answer to a list call, an object with an array in it (RFC 8259), in place: `body` is
 * written to, and page->elements points into it. False: PROTOCOL. */
PINETOKEN_API PINETOKEN_MUST_USE bool pinetoken_read_page(char *body, size_t size,
                                                          pinetoken_page *page,
                                                          pinetoken_error *error);

/* ---- what this library was built from ------------------------------------------------------- */

/* All text is static. */
typedef struct {
    const char *version;
    const char *mbedtls_version;
    const char *tls_versions;
    const char *roots_date; /* of the built-in roots, YYYY-MM-DD */
    size_t roots_count;
    const char *date; /* of the source, not of the compilation: the same for every build of it */
} pinetoken_build;
PINETOKEN_API void pinetoken_build_info(pinetoken_build *build);

#define PINETOKEN_TIME_SIZE 21u
/* Unix time as "2026-11-24 13:05 UTC", NUL-terminated; beyond the years 0 to 9999 as the first or
 * last of them. */
PINETOKEN_API void pinetoken_write_time(int64_t seconds, char out[PINETOKEN_TIME_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
