#include "net/resolve.h"

#include "base/error.h"
#include "dns/files.h"
#include "http/url.h"
#include "net/lookup.h"
#include "os/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* resolv.conf, or a piece of hosts. */
#define RESOLVE_FILE_MAX 8192

struct resolve {
    char host[LIMIT_HOST + 1];
    uint16_t port;
    pinetoken_family family;
    struct addresses known; /* without a server */
    char file[RESOLVE_FILE_MAX];
    struct dns_configuration configuration; /* in `file` */
    bool has_configuration;
    bool was_asked_plainly; /* for the name as it stands, */
    bool is_asked_plainly;  /* now */
    struct lookup lookup;   /* without a server: none is needed */
    int64_t wake_at;
    pinetoken_error error; /* of the name as it stands */
};

/* ---- without a server ------------------------------------------------------------------------ */

static void resolve_add_known(struct resolve *resolve, span text) {
    union address address;
    if (address_parse(text, resolve->port, &address)) {
        addresses_add(&resolve->known, resolve->family, &address);
    }
}

/* Without the final dot. */
static span resolve_name(const struct resolve *resolve) {
    span name = span_text(resolve->host);
    bool has_dot = name.size > 0 && name.data[name.size - 1] == '.';
    return span_cut(name, 0, name.size - (has_dot ? 1 : 0));
}

/* An address; localhost, and every name below it, is loopback whatever a resolver says (RFC 6761
 * 6.3). */
static bool resolve_is_literal(struct resolve *resolve) {
    union address address;
    if (url_host_is_within(resolve_name(resolve), SPAN("localhost"))) {
        resolve_add_known(resolve, SPAN("::1"));
        resolve_add_known(resolve, SPAN("127.0.0.1"));
        return true;
    }
    resolve_add_known(resolve, span_text(resolve->host));
    return address_parse(span_text(resolve->host), 0, &address);
}

/* Whole lines of it, or what there is if one is longer than the room. */
static size_t resolve_whole_lines(span text, bool is_end) {
    size_t size = text.size;
    while (!is_end && size > 0 && text.data[size - 1] != '\n') {
        size--;
    }
    return size > 0 ? size : text.size;
}

/* Whether it has the name. */
static bool resolve_read_hosts(struct resolve *resolve) {
    int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
    size_t held = 0;
    size_t got = 1;
    span address;
    while (fd >= 0 && got > 0 &&
           io_read(fd, resolve->file + held, RESOLVE_FILE_MAX - held, IO_NO_DEADLINE, &got)) {
        span text = {resolve->file, held + got};
        size_t size = resolve_whole_lines(text, got < RESOLVE_FILE_MAX - held);
        span lines = span_cut(text, 0, size);
        while (dns_next_host(&lines, resolve_name(resolve), &address)) {
            resolve_add_known(resolve, address);
        }
        held = text.size - size;
        memmove(resolve->file, text.data + size, held);
    }
    if (fd >= 0) {
        close(fd);
    }
    addresses_interleave(&resolve->known);
    return resolve->known.count > 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool resolve_has_dot(const struct resolve *resolve) {
    return strchr(resolve->host, '.') != NULL;
}

/* False: with `domain` it is not a name. */
static bool resolve_ask_for(struct resolve *resolve, span domain) {
    char data[LIMIT_HOST + 1];
    struct buffer name;
    buffer_init(&name, data, sizeof data);
    buffer_append(&name, span_text(resolve->host));
    buffer_append(&name, domain.size > 0 ? SPAN(".") : SPAN(""));
    buffer_append(&name, domain);
    resolve->is_asked_plainly = domain.size == 0;
    return !name.overflow && lookup_begin(&resolve->lookup, buffer_span(&name), resolve->family);
}

/* A name with dots as it stands first, whatever resolv.conf's ndots is; one without as it stands
 * last; with a final dot it has no other. False: there are no more. */
static bool resolve_next_name(struct resolve *resolve) {
    bool is_absolute = resolve_name(resolve).size < strlen(resolve->host);
    span domain;
    if (resolve_has_dot(resolve) && !resolve->was_asked_plainly) {
        resolve->was_asked_plainly = true;
        return resolve_ask_for(resolve, SPAN(""));
    }
    while (!is_absolute && dns_next_word(&resolve->configuration.search, &domain)) {
        if (resolve_ask_for(resolve, domain)) {
            return true;
        }
    }
    bool is_left = !resolve->was_asked_plainly;
    resolve->was_asked_plainly = true;
    return is_left && resolve_ask_for(resolve, SPAN(""));
}

/* ---- a name without addresses ---------------------------------------------------------------- */

static const char *resolve_reply_text(enum dns_reply reply) {
    switch (reply) {
        case DNS_NO_REPLY: return "no reply";
        case DNS_ADDRESSES:
        case DNS_NO_ADDRESS: return "no address";
        case DNS_NO_NAME: return "no such name";
        case DNS_FAILURE: return "server failure";
        case DNS_REFUSED: return "refused";
        case DNS_UNUSABLE: break;
    }
    return "unusable reply";
}

void resolve_add_servers(const struct resolve *resolve, pinetoken_error *error) {
    const struct lookup *lookup = &resolve->lookup;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        enum dns_reply said = lookup_said(lookup, i);
        error_add(error, i == 0 ? " from " : ", ");
        nameserver_add(&lookup->servers[i], error);
        error_add(error, " (");
        if (said == DNS_UNUSABLE && lookup->servers[i].number != 0) {
            net_add_errno(error, lookup->servers[i].number);
        } else {
            error_add(error, resolve_reply_text(said));
        }
        error_add(error, ")");
    }
}

static void resolve_fail(struct resolve *resolve) {
    pinetoken_error *error = &resolve->error;
    bool is_decided = lookup_is_decided(&resolve->lookup);
    error_begin(error, PINETOKEN_NETWORK,
                is_decided ? "DNS: no address for " : "DNS: no usable reply for ");
    error_add_quoted(error, span_text(resolve->host));
    resolve_add_servers(resolve, error);
    error->transient = !is_decided;
    error_advise(error,
                 is_decided ? "check the host name, and -4 or -6" : "check /etc/resolv.conf");
    if (!resolve->has_configuration) {
        error_add(error, ", without a readable /etc/resolv.conf");
        error_advise(error, "write one with a nameserver line, or give --resolve");
    }
}

/* False: that was the last name, or one that is only in doubt. */
static bool resolve_go_on(struct resolve *resolve) {
    bool is_decided = lookup_is_decided(&resolve->lookup);
    bool was_transient = resolve->error.transient;
    if (resolve->is_asked_plainly || resolve->error.status == PINETOKEN_OK) {
        resolve_fail(resolve);
    }
    if (!resolve_has_dot(resolve)) {
        /* It is in a search domain, whose servers may be there later. */
        resolve->error.transient = resolve->error.transient || was_transient || !is_decided;
    }
    return (is_decided || !resolve->is_asked_plainly) && resolve_next_name(resolve);
}

/* ---- a name with addresses ------------------------------------------------------------------- */

static bool resolve_has_found(const struct resolve *resolve) {
    bool has_found = false;
    for (size_t i = 0; i < resolve->lookup.question_count; i++) {
        has_found = has_found || resolve->lookup.questions[i].found.count > 0;
    }
    return has_found;
}

/* The families take turns, IPv6 first (RFC 8305 4). */
static void resolve_give(struct resolve *resolve, struct addresses *addresses) {
    struct lookup *lookup = &resolve->lookup;
    for (size_t i = 0; i < LIMIT_ADDRESSES * lookup->question_count; i++) {
        struct lookup_question *question = &lookup->questions[i % lookup->question_count];
        size_t index = i / lookup->question_count;
        union address address;
        if (index >= question->given_count && index < question->found.count) {
            address_set(&address, question->found.list[index], question->found.size, resolve->port);
            addresses_add(addresses, resolve->family, &address);
            question->given_count++;
        }
    }
}

/* ---- start and end --------------------------------------------------------------------------- */

static void resolve_read_configuration(struct resolve *resolve) {
    int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    resolve->has_configuration =
        fd >= 0 && io_read(fd, resolve->file, sizeof resolve->file, IO_NO_DEADLINE, &size);
    if (fd >= 0) {
        close(fd);
    }
    dns_read_configuration((span){resolve->file, size}, &resolve->configuration);
    for (size_t i = 0; i < resolve->configuration.server_count; i++) {
        lookup_add_server(&resolve->lookup, resolve->configuration.servers[i]);
    }
    if (resolve->lookup.server_count == 0) {
        /* As the C libraries do. */
        lookup_add_server(&resolve->lookup, SPAN("127.0.0.1"));
    }
}

struct resolve *resolve_start(span host, uint16_t port, pinetoken_family family,
                              pinetoken_error *error) {
    struct resolve *resolve = calloc(1, sizeof *resolve);
    if (resolve == NULL || host.size > LIMIT_HOST) {
        free(resolve);
        error_out_of_memory("DNS", error);
        return NULL;
    }
    memcpy(resolve->host, host.data, host.size);
    resolve->port = port;
    resolve->family = family;
    resolve->lookup.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (resolve->lookup.epoll < 0) {
        resolve_free(resolve);
        error_set(error, PINETOKEN_INTERNAL, "DNS: no file descriptor left",
                  "raise the process's limit of open files");
        return NULL;
    }
    if (resolve_is_literal(resolve) || resolve_read_hosts(resolve)) {
        return resolve;
    }
    resolve_read_configuration(resolve);
    if (!resolve_next_name(resolve)) {
        resolve_free(resolve);
        error_set(error, PINETOKEN_USAGE, "DNS: the host is not a name", "check the host name");
        return NULL;
    }
    return resolve;
}

int resolve_descriptor(const struct resolve *resolve) {
    return resolve->lookup.epoll;
}

int64_t resolve_wake_at(const struct resolve *resolve) {
    return resolve->wake_at;
}

static enum net_progress resolve_give_known(const struct resolve *resolve,
                                            struct addresses *addresses, pinetoken_error *error) {
    *addresses = resolve->known;
    if (addresses->count > 0) {
        return NET_DONE;
    }
    error_begin(error, PINETOKEN_NETWORK, "DNS: no address for ");
    error_add_quoted(error, span_text(resolve->host));
    error_add(error, " of the requested family");
    error_advise(error, "drop -4 or -6");
    return NET_FAILED;
}

enum net_progress resolve_step(struct resolve *resolve, int64_t now, struct addresses *addresses,
                               pinetoken_error *error) {
    if (resolve->lookup.server_count == 0) {
        return resolve_give_known(resolve, addresses, error);
    }
    enum net_progress progress = lookup_step(&resolve->lookup, now);
    while (progress == NET_DONE && !resolve_has_found(resolve) && resolve_go_on(resolve)) {
        progress = lookup_step(&resolve->lookup, now);
    }
    if (progress == NET_DONE && !resolve_has_found(resolve)) {
        *error = resolve->error;
        return NET_FAILED;
    }
    if (progress == NET_DONE || lookup_is_usable(&resolve->lookup, now)) {
        resolve_give(resolve, addresses);
    }
    resolve->wake_at = lookup_wake_at(&resolve->lookup, now);
    return progress;
}

void resolve_free(struct resolve *resolve) {
    if (resolve == NULL) {
        return;
    }
    lookup_stop(&resolve->lookup);
    if (resolve->lookup.epoll >= 0) {
        close(resolve->lookup.epoll);
    }
    free(resolve);
}
