#include "net/resolve.h"

#include "base/assert.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* As much of resolv.conf as the message needs: its servers stand near the top, three are used. */
#define RESOLV_CONF_MAX 1024

/* Shared by the caller and the thread; the last of them to release it frees it. */
struct resolve {
    char host[LIMIT_HOST + 1];
    uint16_t port;
    pinetoken_family family;
    int event; /* eventfd, signalled when the result is complete; -1: no thread was needed */
    atomic_uint owners;
    pthread_t thread; /* the caller's to join or to detach */
    bool has_thread;
    int code;         /* of getaddrinfo */
    int system_errno; /* for EAI_SYSTEM */
    struct addresses addresses;
};

static void resolve_add(struct resolve *resolve, const struct sockaddr *found) {
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

static int resolve_family(pinetoken_family family) {
    switch (family) {
        case PINETOKEN_FAMILY_IPV4: return AF_INET;
        case PINETOKEN_FAMILY_IPV6: return AF_INET6;
        case PINETOKEN_FAMILY_ANY: break;
    }
    return AF_UNSPEC;
}

static void resolve_look_up(struct resolve *resolve) {
    const struct addrinfo hints = {.ai_family = resolve_family(resolve->family),
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    resolve->code = getaddrinfo(resolve->host, NULL, &hints, &found);
    resolve->system_errno = errno;
    if (resolve->code != 0) {
        return;
    }
    /* The C library has sorted them (RFC 6724). */
    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        resolve_add(resolve, each->ai_addr);
    }
    freeaddrinfo(found);
    addresses_interleave(&resolve->addresses);
}

static void resolve_release(struct resolve *resolve) {
    if (atomic_fetch_sub(&resolve->owners, 1) != 1) {
        return;
    }
    if (resolve->event >= 0) {
        close(resolve->event);
    }
    free(resolve);
}

static void *resolve_thread_main(void *argument) {
    struct resolve *resolve = argument;
    const uint64_t one = 1;
    resolve_look_up(resolve);
    /* The counter is 0, so that this neither blocks nor fails. */
    ssize_t written = write(resolve->event, &one, sizeof one);
    assert(written == sizeof one);
    (void)written; /* without assertions nobody reads it */
    resolve_release(resolve);
    return NULL;
}

/* Signals stay with the caller's threads, except the one by which a sandbox reports a call of this
 * one. */
static bool resolve_start_thread(struct resolve *resolve) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&resolve->owners, 2);
    resolve->has_thread = pthread_create(&resolve->thread, NULL, resolve_thread_main, resolve) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!resolve->has_thread) {
        atomic_store(&resolve->owners, 1);
    }
    return resolve->has_thread;
}

/* An address, or localhost, which is loopback whatever a resolver says (RFC 6761 6.3), needs no
 * thread. */
static bool resolve_look_up_literal(struct resolve *resolve) {
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
        error_set(error, PINETOKEN_INTERNAL, "DNS: out of memory", "");
        return NULL;
    }
    memcpy(resolve->host, host.data, host.size);
    resolve->port = port;
    resolve->family = family;
    resolve->event = -1;
    atomic_init(&resolve->owners, 1);
    if (resolve_look_up_literal(resolve)) {
        return resolve;
    }
    resolve->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (resolve->event < 0 || !resolve_start_thread(resolve)) {
        resolve_release(resolve);
        error_set(error, PINETOKEN_INTERNAL, "DNS: no thread or file descriptor left",
                  "raise the process's limits");
        return NULL;
    }
    return resolve;
}

int resolve_descriptor(const struct resolve *resolve) {
    return resolve->event;
}

/* The servers that the C library asks. */
static void resolve_add_servers(pinetoken_error *error, span file) {
    const span keyword = SPAN("nameserver");
    const char *before = " from ";
    while (file.size > 0) {
        size_t end = span_find(file, '\n');
        span line = span_cut(file, 0, end);
        file = span_cut(file, end < file.size ? end + 1 : end, file.size);
        if (line.size <= keyword.size || !span_equal(span_cut(line, 0, keyword.size), keyword)) {
            continue;
        }
        union address address;
        if (address_parse(span_trim(span_cut(line, keyword.size, line.size)), 53, &address)) {
            char text[INET6_ADDRSTRLEN];
            address_text(&address, text);
            error_add(error, before);
            error_add(error, text);
            before = ", ";
        }
    }
}

static bool resolve_fail_unanswered(const struct resolve *resolve, pinetoken_error *error) {
    char data[RESOLV_CONF_MAX];
    int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
    error_begin(error, PINETOKEN_NETWORK, "DNS: no usable reply for ");
    error_add_quoted(error, span_text(resolve->host));
    error->transient = true;
    if (fd < 0) {
        error_add(error, " from 127.0.0.1, without a readable /etc/resolv.conf");
        return error_advise(error, "write one with a nameserver line, or give --resolve");
    }
    ssize_t size = read(fd, data, sizeof data);
    close(fd);
    resolve_add_servers(error, (span){data, size > 0 ? (size_t)size : 0});
    return error_advise(error, "check /etc/resolv.conf");
}

static bool resolve_fail(const struct resolve *resolve, pinetoken_error *error) {
    if (resolve->code == EAI_AGAIN) {
        return resolve_fail_unanswered(resolve, error);
    }
    error_begin(error, PINETOKEN_NETWORK, "DNS: no address for ");
    error_add_quoted(error, span_text(resolve->host));
    if (resolve->code == 0) {
        error_add(error, " of the requested family");
        return error_advise(error, "drop -4 or -6");
    }
    error_add(error, ": ");
    if (resolve->code == EAI_SYSTEM) {
        net_add_errno(error, resolve->system_errno);
        return error_advise(error, "check /etc/resolv.conf");
    }
    error_add(error, gai_strerror(resolve->code));
    return error_advise(error, "check the host name");
}

enum net_progress resolve_finish(struct resolve *resolve, struct addresses *addresses,
                                 pinetoken_error *error) {
    uint64_t count = 0;
    if (resolve->event >= 0 && read(resolve->event, &count, sizeof count) < 0) {
        return NET_WANT_READ;
    }
    if (resolve->has_thread) {
        /* It is about to end; joined, so that the C library frees what it keeps for it. */
        pthread_join(resolve->thread, NULL);
        resolve->has_thread = false;
    }
    if (resolve->addresses.count == 0) {
        resolve_fail(resolve, error);
        return NET_FAILED;
    }
    *addresses = resolve->addresses;
    return NET_DONE;
}

void resolve_free(struct resolve *resolve) {
    if (resolve == NULL) {
        return;
    }
    if (resolve->has_thread) {
        pthread_detach(resolve->thread);
    }
    resolve_release(resolve);
}
