#include "net/resolve.h"

#include "base/error.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Shared by the asker and the thread; the last of them to let go frees it. */
struct resolve {
    char host[LIMIT_HOST + 1];
    uint16_t port;
    pinetoken_family family;
    int event; /* eventfd, counts up once the rest is filled in; -1: no thread was needed */
    atomic_uint holders;
    pthread_t thread; /* the asker's to join or to leave behind */
    bool has_thread;
    int code;         /* of getaddrinfo */
    int system_errno; /* for EAI_SYSTEM */
    struct addresses addresses;
};

static void add_address(struct resolve *resolve, const struct sockaddr *found) {
    union address address;
    if (found->sa_family == AF_INET) {
        memcpy(&address.v4, found, sizeof address.v4);
        address.v4.sin_port = htons(resolve->port);
    } else if (found->sa_family == AF_INET6) {
        memcpy(&address.v6, found, sizeof address.v6);
        address.v6.sin6_port = htons(resolve->port);
    } else {
        return;
    }
    addresses_add(&resolve->addresses, resolve->family, &address);
}

static int family_for_libc(pinetoken_family family) {
    switch (family) {
        case PINETOKEN_FAMILY_IPV4: return AF_INET;
        case PINETOKEN_FAMILY_IPV6: return AF_INET6;
        case PINETOKEN_FAMILY_ANY: break;
    }
    return AF_UNSPEC;
}

static void look_up(struct resolve *resolve) {
    const struct addrinfo hints = {.ai_family = family_for_libc(resolve->family),
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    resolve->code = getaddrinfo(resolve->host, NULL, &hints, &found);
    resolve->system_errno = errno;
    if (resolve->code != 0) {
        return;
    }
    /* In the order of RFC 6724, by which libc sorts them. */
    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        add_address(resolve, each->ai_addr);
    }
    freeaddrinfo(found);
    addresses_interleave(&resolve->addresses);
}

static void let_go(struct resolve *resolve) {
    if (atomic_fetch_sub(&resolve->holders, 1) != 1) {
        return;
    }
    if (resolve->event >= 0) {
        close(resolve->event);
    }
    free(resolve);
}

static void *thread_main(void *argument) {
    struct resolve *resolve = argument;
    const uint64_t one = 1;
    look_up(resolve);
    /* Cannot block, nor fail but by a broken kernel: the counter is 0. */
    ssize_t written = write(resolve->event, &one, sizeof one);
    (void)written;
    let_go(resolve);
    return NULL;
}

/* Signals stay with the caller's threads. */
static bool start_thread(struct resolve *resolve) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&resolve->holders, 2);
    resolve->has_thread = pthread_create(&resolve->thread, NULL, thread_main, resolve) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!resolve->has_thread) {
        atomic_store(&resolve->holders, 1);
    }
    return resolve->has_thread;
}

/* An address, or localhost, which is loopback whatever a resolver says (RFC 6761 6.3), needs no
 * thread. */
static bool look_up_without_resolver(struct resolve *resolve) {
    const bool is_localhost = strcasecmp(resolve->host, "localhost") == 0;
    const span texts[] = {is_localhost ? SPAN("::1") : span_text(resolve->host),
                          is_localhost ? SPAN("127.0.0.1") : SPAN("")};
    union address address;
    bool is_known = false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (address_parse(texts[i], resolve->port, &address)) {
            addresses_add(&resolve->addresses, resolve->family, &address);
            is_known = true;
        }
    }
    return is_known;
}

struct resolve *resolve_start(span host, uint16_t port, pinetoken_family family,
                              pinetoken_error *error) {
    struct resolve *resolve = calloc(1, sizeof *resolve);
    if (resolve == NULL || host.size > LIMIT_HOST) {
        free(resolve);
        error_set(error, PINETOKEN_INTERNAL, "resolver: out of memory", "");
        return NULL;
    }
    memcpy(resolve->host, host.data, host.size);
    resolve->port = port;
    resolve->family = family;
    resolve->event = -1;
    atomic_init(&resolve->holders, 1);
    if (look_up_without_resolver(resolve)) {
        return resolve;
    }
    resolve->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (resolve->event < 0 || !start_thread(resolve)) {
        let_go(resolve);
        error_set(error, PINETOKEN_INTERNAL, "resolver: no thread or descriptor for it",
                  "raise the limits of this process");
        return NULL;
    }
    return resolve;
}

int resolve_descriptor(const struct resolve *resolve) {
    return resolve->event;
}

/* A C library without its file asks 127.0.0.1, where mostly nobody answers. */
static const char *advice(void) {
    return access("/etc/resolv.conf", R_OK) == 0 ? "check the name, and /etc/resolv.conf"
                                                 : "there is no readable /etc/resolv.conf, so "
                                                   "127.0.0.1 was asked: write one with a "
                                                   "nameserver line, or give --resolve";
}

static enum net_progress fail(const struct resolve *resolve, pinetoken_error *error) {
    bool is_system = resolve->code == EAI_SYSTEM;
    const char *why = is_system            ? strerror(resolve->system_errno)
                      : resolve->code != 0 ? gai_strerror(resolve->code)
                                           : "it has none of the family that was asked for";
    error_begin(error, PINETOKEN_NETWORK, "resolver: no address for ");
    error_add_quoted(error, span_text(resolve->host));
    error_add(error, ": ");
    error_add(error, why);
    error->system_errno = is_system ? resolve->system_errno : 0;
    error->transient = resolve->code == EAI_AGAIN;
    error_advise(error, advice());
    return NET_FAILED;
}

enum net_progress resolve_finish(struct resolve *resolve, struct addresses *addresses,
                                 pinetoken_error *error) {
    uint64_t count = 0;
    if (resolve->event >= 0 && read(resolve->event, &count, sizeof count) < 0) {
        return NET_WANT_READ;
    }
    if (resolve->has_thread) {
        /* It has said its last word and ends, with what the C library keeps for it. */
        (void)pthread_join(resolve->thread, NULL);
        resolve->has_thread = false;
    }
    if (resolve->addresses.count == 0) {
        return fail(resolve, error);
    }
    *addresses = resolve->addresses;
    return NET_DONE;
}

void resolve_free(struct resolve *resolve) {
    if (resolve == NULL) {
        return;
    }
    if (resolve->has_thread) {
        (void)pthread_detach(resolve->thread);
    }
    let_go(resolve);
}
