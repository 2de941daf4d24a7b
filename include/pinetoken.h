/* pinetoken: a Pinecone service account's client ID and secret in, an access token out.
 *
 * Three layers. The exchange is only the protocol (OAuth2 client credentials, RFC 6749 4.4, over
 * HTTP/1.1): bytes in, bytes out, for those who bring a TLS stack of their own. The client adds
 * names, sockets and verified TLS; the cache shares one token between processes.
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
 * text that comes out is a span and is not. Times are milliseconds if the name ends in _ms, else
 * seconds. A call that fails fills *error and leaves its other outputs unchanged. One handle is
 * used by one thread at a time; handles share nothing that changes. The library never prints,
 * exits, reads the environment or changes the disposition of a signal. The exceptions to "no
 * globals" are Mbed TLS's: what the processor can do and the tables of AES are determined once per
 * process; and Mbed TLS allocates with the C library.
 *
 * Versions. A struct that you fill in starts with its size, which its _init sets: always call that
 * first. A struct that the library fills in ends in `reserved_`, which is 0. Within a soname
 * (libpinetoken.so.0) new members come only at the end of the former and in place of `reserved_` in
 * the latter, so that a program goes on working with a newer library of the same soname; with an
 * older one, calls fail with PINETOKEN_USAGE. Any other change of a struct, an enumerator's number
 * or a function's type bumps the soname. pinetoken_event is only read, through a pointer: it may
 * grow at its end. pinetoken_span and pinetoken_exchange_storage stay as they are. */
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

/* ---- status -------------------------------------------------------------------------------- */

/* The numbers are also the program's exit codes. */
typedef enum {
    PINETOKEN_OK = 0,
    PINETOKEN_INTERNAL = 1,    /* a bug, or out of memory */
    PINETOKEN_USAGE = 2,       /* the configuration breaks a rule of this header */
    PINETOKEN_CREDENTIALS = 3, /* client ID or secret: missing, malformed */
    PINETOKEN_REJECTED = 4, /* the issuer refused: an OAuth error, or another 4xx that is final */
    PINETOKEN_NETWORK = 5,  /* name resolution, connect, reset, proxy */
    PINETOKEN_TLS = 6,      /* handshake, certificate, or the roots to check it against */
    PINETOKEN_CLOCK = 7,    /* the certificate is not valid now, and the clock is wrong for sure: it
                               is older than this build */
    PINETOKEN_PROTOCOL =
        8,               /* the response breaks a rule of HTTP, JSON or OAuth, or is a redirect */
    PINETOKEN_LOCAL = 9, /* a local file, standard output */
    PINETOKEN_THROTTLED = 10,  /* 429, or asked to wait for longer than there is time */
    PINETOKEN_TIMEOUT = 11,    /* the time given ran out */
    PINETOKEN_UNAVAILABLE = 12 /* 5xx, 408, 425 */
} pinetoken_status;

/* What was going on when an error or an event arose. */
typedef enum {
    PINETOKEN_PHASE_NONE,
    PINETOKEN_PHASE_CLOCK, /* waiting for the system's clock to be set */
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

/* A plain value: copy it, keep it, drop it. A fact that is not known is 0, or -1 if a line says so.
 */
typedef struct {
    pinetoken_status status;
    pinetoken_phase phase;
    bool transient;  /* the same request may succeed soon: the condition of a retry */
    int http_status; /* the issuer's, or the proxy's in PINETOKEN_PHASE_PROXY */
    int system_errno;
    int tls_code;           /* number of Mbed TLS, negative */
    int tls_alert;          /* number of the alert that the peer sent; -1: none */
    uint32_t verify_flags;  /* MBEDTLS_X509_BADCERT_..., for PINETOKEN_TLS */
    int64_t retry_after_ms; /* what the issuer asked for; -1: nothing */
    int64_t offset;         /* byte at fault, from the start of what the message names; -1: none */
    char oauth_error[64];   /* RFC 6749 5.2, within its character set; "": none */
    char message[PINETOKEN_MESSAGE_CAPACITY]; /* "what: why", one line of printable ASCII, no secret
                                               */
    char advice[PINETOKEN_ADVICE_CAPACITY];   /* what to do, in the same form; "": none */
    int64_t reserved_[8];
} pinetoken_error;

/* "ok", "rejected", ...: static text; "unknown" for a number that is not a status. */
PINETOKEN_API const char *pinetoken_status_name(pinetoken_status status);
/* Whether the same call may succeed later without anyone changing anything. */
PINETOKEN_API bool pinetoken_status_retryable(pinetoken_status status);
/* "handshake", ...: static text. */
PINETOKEN_API const char *pinetoken_phase_name(pinetoken_phase phase);

/* ---- a view of bytes that someone else owns ------------------------------------------------- */

typedef struct {
    const char *data; /* may be NULL if size is 0 */
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
 * it cannot. The library reads it before the call that asked returns and has only the one copy that
 * goes out, which it wipes once sent. */
typedef bool (*pinetoken_secret_fn)(void *user, pinetoken_span *secret);

typedef enum { PINETOKEN_BODY_JSON, PINETOKEN_BODY_FORM } pinetoken_body;

typedef enum {
    PINETOKEN_FAMILY_ANY,
    PINETOKEN_FAMILY_IPV4,
    PINETOKEN_FAMILY_IPV6
} pinetoken_family;

typedef enum {
    PINETOKEN_ROOTS_AUTO, /* the system's if there are any, else the built-in ones */
    PINETOKEN_ROOTS_SYSTEM,
    PINETOKEN_ROOTS_BUILTIN /* Mozilla's, as of pinetoken_build.roots_date */
} pinetoken_roots;

/* All text is borrowed until the call that gets it returns. */
typedef struct {
    size_t size;           /* set by pinetoken_config_init */
    const char *token_url; /* https://host[:port]/path[?query] */
    const char *client_id; /* like the secret: 1 to 4096 bytes; NULL: no token is fetched */
    const char *audience;
    const char *api_version; /* X-Pinecone-Api-Version */
    pinetoken_body body;
    const char *const *headers; /* additional fields of token requests, "Name: value",
                                   NULL-terminated; NULL: none */
    pinetoken_roots roots;
    const char *ca_file;        /* PEM, the name of a file, or its text, which has line ends; only
                                   these roots; NULL: as `roots` says */
    const char *system_ca_file; /* the same, for the system's roots; NULL: the usual places */
    const char *const *pins;    /* "sha256//BASE64" of a SubjectPublicKeyInfo, NULL-terminated: one
                                   certificate of the verified chain must have one; NULL: none */
    const char *proxy; /* http://[user:password@]host[:port], for CONNECT; socks5://, which gets an
                          address, socks5h://, which gets the name; NULL: none */
    const char *no_proxy; /* hosts, suffixes, networks that are reached without it; NULL: none */
    const char *const *resolve; /* "HOST:PORT:ADDRESS[,ADDRESS...]", NULL-terminated: addresses that
                                   no resolver is asked for; NULL: none */
    pinetoken_family family;    /* of the addresses that are tried */
    int64_t connect_timeout_ms; /* of one connection: TCP, proxy and TLS */
    int64_t
        clock_timeout_ms; /* how long to wait for a clock that is older than this build to be set */
    unsigned retries;     /* after transient errors */
    pinetoken_secret_fn secret;
    pinetoken_log_fn log; /* NULL: silent */
    /* The memory of the handle, in which the secret is too while it is on its way; what `allocate`
     * returns is aligned for anything, or NULL. NULL: malloc and free. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    /* The time, in Unix seconds, for the validity of certificates and tokens. NULL: the system's.
     */
    int64_t (*now)(void *user);
    /* Fills with randomness fit for keys, without blocking; false: it cannot. NULL: the kernel's.
     */
    bool (*random)(void *user, void *data, size_t size);
    void *user;                    /* handed to all of these */
    pinetoken_log_level log_level; /* `log` gets no more detail than this */
    /* Of a shared cache (pinetoken_cache_open): 1 to 4096 bytes. NULL: it has none. */
    pinetoken_secret_fn cache_password;
} pinetoken_config;

/* Every default filled in; client_id and secret are left to the caller. */
#define pinetoken_config_init(config) pinetoken_config_init_size((config), sizeof *(config))
/* `size` is the caller's sizeof(pinetoken_config). */
PINETOKEN_API void pinetoken_config_init_size(pinetoken_config *config, size_t size);

/* ---- the result of a fetch ------------------------------------------------------------------ */

typedef struct {
    pinetoken_span access_token; /* RFC 6750 2.1 characters; borrowed from the object it is of */
    int64_t expires_in;          /* seconds from receipt; -1: the issuer did not say */
    int64_t expires_at;  /* Unix time; -1: not known (always, from an exchange: it has no clock) */
    int64_t obtained_at; /* Unix time; -1: as above */
    int64_t reserved_[4];
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

/* Checks `config`, calls for the secret and writes the request. NULL: *error says why, the storage
 * is wiped. USAGE, CREDENTIALS. The exchange stays in `storage` until pinetoken_exchange_wipe. */
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
/* Why it failed: REJECTED, NETWORK, PROTOCOL, THROTTLED, UNAVAILABLE. Only in state FAILED. */
PINETOKEN_API void pinetoken_exchange_failure(const pinetoken_exchange *exchange,
                                              pinetoken_error *error);
/* Overwrites every byte that held request or response. Always safe after _init, twice too. */
PINETOKEN_API void pinetoken_exchange_wipe(pinetoken_exchange *exchange);

/* ---- layer 2, the client: the exchange plus names, sockets and verified TLS ----------------- */

typedef struct pinetoken pinetoken;

/* Checks and copies `config`, all but the secret. The client ID is needed only by fetches. NULL:
 * *error says why. INTERNAL, USAGE, CREDENTIALS. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken *pinetoken_new(const pinetoken_config *config,
                                                          pinetoken_error *error);
/* Stops what is going on, wipes and frees. NULL is fine. */
PINETOKEN_API void pinetoken_free(pinetoken *client);

/* A fetch from start to end, blocking in poll(2) for at most `timeout_ms`. The token is borrowed
 * from the client until its next start or free. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_fetch(pinetoken *client,
                                                                  int64_t timeout_ms,
                                                                  pinetoken_token *token,
                                                                  pinetoken_error *error);

/* The same in an event loop: start, then step whenever the descriptor is ready or the time is up.
 * Nothing, name resolution, retries and waits included, takes longer than `timeout_ms`. A start
 * drops what went on before. */
PINETOKEN_API void pinetoken_start(pinetoken *client, int64_t timeout_ms);

typedef enum { PINETOKEN_STEP_WAIT, PINETOKEN_STEP_DONE, PINETOKEN_STEP_FAILED } pinetoken_progress;
/* Goes as far as it can without blocking, and transfers up to some 32 KiB, whatever the peer says:
 * the deadline holds if it is called as pinetoken_wanted asks for it. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_progress pinetoken_step(pinetoken *client);

typedef struct {
    int fd; /* -1: wait only for the time */
    bool read, write;
    int timeout_ms; /* step again after this long, whatever the descriptor does; 0: at once */
    int64_t reserved_[2];
} pinetoken_wait;
/* What the last step is waiting for. The descriptor may be another one after each step. */
PINETOKEN_API void pinetoken_wanted(const pinetoken *client, pinetoken_wait *wait);

/* After STEP_DONE of a fetch; borrowed as from pinetoken_fetch. */
PINETOKEN_API void pinetoken_result(const pinetoken *client, pinetoken_token *token);
/* After STEP_FAILED. */
PINETOKEN_API void pinetoken_failure(const pinetoken *client, pinetoken_error *error);

/* ---- a call of an API with a token, over the same client ------------------------------------- */

/* One request. Everything in it is borrowed until the end of the call. The client's api_version
 * goes with it; its client ID, secret and additional headers do not. */
typedef struct {
    size_t size;                /* set by pinetoken_call_init */
    const char *url;            /* https://host[:port]/path[?query] */
    const char *method;         /* GET; with no lower-case letter; CONNECT and TRACE are refused */
    pinetoken_span token;       /* sent as "Authorization: Bearer" */
    const char *const *headers; /* additional fields, as in pinetoken_config; NULL: none */
    const char *content_type;   /* of the request's body; NULL: there is none */
    int64_t content_length;     /* of the body; -1: not known, it is sent in chunks */
    bool with_head;             /* the status line and fields of the response are written, too */
    bool refuse_unauthorized;   /* a 401 is PINETOKEN_REJECTED, and its body dropped */
    bool refuse_transient;      /* so is a status that a retry may get past, PINETOKEN_UNAVAILABLE,
                                   although no retry of this client follows */
    /* The next bytes of the body, at most `capacity`; *size 0: that was all. May block. */
    bool (*read)(void *user, char *data, size_t capacity, size_t *size);
    /* The content of the response as it comes. May block. */
    bool (*write)(void *user, const char *data, size_t size);
    void *user; /* handed to both */
} pinetoken_call;

/* Fills in every default, shown above; url, token and write are left to the caller. */
#define pinetoken_call_init(call) pinetoken_call_init_size((call), sizeof *(call))
PINETOKEN_API void pinetoken_call_init_size(pinetoken_call *call, size_t size);

typedef struct {
    int http_status;
    char request_id[64]; /* printable ASCII, cut to fit; "": none */
    int64_t reserved_[4];
} pinetoken_response;

/* As pinetoken_start; then step. Tried again only if the method is idempotent (RFC 9110 9.2.2) and
 * neither `read` nor `write` was called yet. A redirect is a response like any other. */
PINETOKEN_API void pinetoken_start_call(pinetoken *client, const pinetoken_call *call,
                                        int64_t timeout_ms);
/* After STEP_DONE of a call. */
PINETOKEN_API void pinetoken_call_result(const pinetoken *client, pinetoken_response *response);
/* Blocking, as pinetoken_fetch. OK: there was a response, whatever its status. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_make_call(pinetoken *client,
                                                                      const pinetoken_call *call,
                                                                      int64_t timeout_ms,
                                                                      pinetoken_response *response,
                                                                      pinetoken_error *error);

/* ---- layer 3, the cache: one token for all processes that need it --------------------------- */

typedef struct pinetoken_cache pinetoken_cache;

/* Which token is wanted. */
typedef struct {
    size_t size;        /* set by pinetoken_cache_policy_init */
    int64_t min_ttl;    /* 300: seconds that a cached token must still be valid for; never more than
                           half of its lifetime */
    int64_t newer_than; /* -1: Unix time; a token obtained then or before is not wanted */
    int64_t timeout_ms; /* 30000: of everything, waiting for another process included */
    bool refresh;       /* false; true: not the token that is in the cache now */
} pinetoken_cache_policy;

/* Fills in every default, shown above. */
#define pinetoken_cache_policy_init(policy) \
    pinetoken_cache_policy_init_size((policy), sizeof *(policy))
PINETOKEN_API void pinetoken_cache_policy_init_size(pinetoken_cache_policy *policy, size_t size);

/* The cache in the file `path`; if that is a directory or ends in '/', in a file there that is
 * named with a hash of what determines the token in `config` (token URL, client ID, audience, API
 * version, headers) and of the roots and pins that are trusted. Missing directories are created. If
 * the file cannot be used, because there is no space or no permission, the log gets a warning and
 * every fetch goes to the issuer. NULL: *error says why. LOCAL: other users could write to it;
 * INTERNAL, USAGE, CREDENTIALS.
 *
 * `path` may also be the URL of a cache on Redis or Valkey, which many systems share,
 * "rediss://[user@]host[:port]/[prefix][?db=N]", "redis://..." on loopback or "redis+unix:///path";
 * or a file, a line feed and a URL: the file comes first. Nothing is connected to before a fetch; a
 * server that cannot be used causes a warning, and the process fetches a token of its own. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_cache *pinetoken_cache_open(
    const pinetoken_config *config, const char *path, pinetoken_error *error);
/* The cached token, or a new one that `client`, of the same configuration, fetches: single flight,
 * only one process fetches at a time, and the others wait for its token, or for its failure if that
 * is the issuer's or the network's. While a stale token is valid they get that one instead, and a
 * failure is a warning. The token is borrowed until the next call with cache or client. What
 * pinetoken_fetch fails with; LOCAL, TIMEOUT. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_cache_fetch(
    pinetoken_cache *cache, pinetoken *client, const pinetoken_cache_policy *policy,
    pinetoken_token *token, pinetoken_error *error);
/* Removes the cached token. It is not an error if there is none. LOCAL. */
PINETOKEN_API PINETOKEN_MUST_USE pinetoken_status pinetoken_cache_forget(pinetoken_cache *cache,
                                                                         pinetoken_error *error);
/* NULL is fine. */
PINETOKEN_API void pinetoken_cache_close(pinetoken_cache *cache);

/* ---- what this library was built from ------------------------------------------------------- */

/* All text is static. */
typedef struct {
    const char *version;
    const char *mbedtls_version;
    const char *tls_versions;
    const char *roots_date; /* of the built-in roots, YYYY-MM-DD */
    size_t roots_count;
    const char *date; /* of the source, not of the compilation: the same for every build of it */
    const char *curves_source; /* of P-256 and P-384: "AWS-LC 0.42.0", or "Mbed TLS" */
    const char *reserved_[3];
} pinetoken_build;
PINETOKEN_API void pinetoken_build_info(pinetoken_build *build);

#ifdef __cplusplus
}
#endif
#endif
