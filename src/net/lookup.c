#include "net/lookup.h"

#include "os/clock.h"
#include "os/random.h"

#include <string.h>

/* How long a server is waited for before the next one is asked, too; ... */
#define LOOKUP_NEXT_SERVER_MS 500
/* ... how long all of them before they are asked again; ... */
#define LOOKUP_AGAIN_MS 1500
/* ... and how long a name is asked for, as by the C libraries. */
#define LOOKUP_NAME_MS 5000
/* Resolution Delay (RFC 8305 3): how long IPv4 waits for IPv6. */
#define LOOKUP_DELAY_MS 50
/* Datagrams of one server that a step reads. */
#define LOOKUP_DATAGRAMS_MAX 16

/* ---- what servers say ------------------------------------------------------------------------ */

static bool lookup_is_asked(const struct lookup *lookup, size_t server, size_t question) {
    return server < lookup->asked_count && !lookup->questions[question].is_decided &&
           lookup->servers[server].said[question] == DNS_NO_REPLY;
}

static bool lookup_is_final(enum dns_reply reply) {
    return reply == DNS_ADDRESSES || reply == DNS_NO_ADDRESS || reply == DNS_NO_NAME;
}

/* The first server that knows decides; one that fails has the next one asked at once. */
static void lookup_take(struct lookup *lookup, size_t server, size_t question,
                        enum dns_reply reply) {
    lookup->servers[server].said[question] = reply;
    if (lookup_is_final(reply)) {
        lookup->questions[question].is_decided = true;
        nameserver_stream_close(&lookup->questions[question].stream);
    } else if (lookup->asked_count < lookup->server_count) {
        lookup->next_at = 0;
    }
}

static void lookup_found(struct lookup_question *question, const struct dns_addresses *found) {
    if (found->count > 0) {
        question->found = *found;
    }
}

/* A reply that was truncated. False: it has to do. */
static bool lookup_ask_by_tcp(struct lookup *lookup, size_t server,
                              struct lookup_question *question, const struct dns_addresses *found) {
    if (!found->is_truncated) {
        return false;
    }
    lookup_found(question, found);
    /* Of another server, too? The first one goes on. */
    return question->stream.fd >= 0 ||
           nameserver_stream_open(&question->stream, &lookup->servers[server], server,
                                  lookup->epoll);
}

/* What a reply by UDP says. */
static void lookup_read_reply(struct lookup *lookup, size_t server, span reply) {
    for (size_t i = 0; i < lookup->question_count; i++) {
        struct lookup_question *question = &lookup->questions[i];
        struct dns_addresses found;
        if (!lookup_is_asked(lookup, server, i)) {
            continue;
        }
        enum dns_reply said = dns_read_reply(reply, question->query, &found);
        if (said != DNS_NO_REPLY && !lookup_ask_by_tcp(lookup, server, question, &found)) {
            lookup_found(question, &found);
            lookup_take(lookup, server, i, said);
        }
    }
}

/* One that cannot be reached has no reply. */
static void lookup_check_server(struct lookup *lookup, size_t index) {
    for (size_t i = 0; lookup->servers[index].number != 0 && i < lookup->question_count; i++) {
        if (lookup_is_asked(lookup, index, i)) {
            lookup_take(lookup, index, i, DNS_UNUSABLE);
        }
    }
}

static void lookup_read_server(struct lookup *lookup, size_t index) {
    struct nameserver *server = &lookup->servers[index];
    char data[NAMESERVER_REPLY_MAX];
    span reply;
    for (int i = 0; i < LOOKUP_DATAGRAMS_MAX; i++) {
        if (!nameserver_receive(server, data, sizeof data, &reply)) {
            break;
        }
        lookup_read_reply(lookup, index, reply);
    }
    lookup_check_server(lookup, index);
}

/* If TCP fails, what the truncated reply had has to do. */
static void lookup_read_stream(struct lookup *lookup, size_t index) {
    struct lookup_question *question = &lookup->questions[index];
    struct nameserver_stream *stream = &question->stream;
    struct dns_addresses found;
    span reply = {NULL, 0};
    if (stream->fd < 0 || !nameserver_stream_step(stream, question->query, lookup->epoll, &reply)) {
        return;
    }
    nameserver_stream_close(stream);
    enum dns_reply said = dns_read_reply(reply, question->query, &found);
    if (said != DNS_NO_REPLY) {
        lookup_found(question, &found);
    } else {
        said = question->found.count > 0 ? DNS_ADDRESSES : DNS_UNUSABLE;
    }
    lookup_take(lookup, stream->server, index, said);
}

/* ---- who is asked ---------------------------------------------------------------------------- */

static void lookup_ask(struct lookup *lookup, size_t server) {
    for (size_t i = 0; i < lookup->question_count; i++) {
        if (lookup_is_asked(lookup, server, i)) {
            nameserver_ask(&lookup->servers[server], lookup->questions[i].query);
        }
    }
}

/* The next server; after the last one, all again that have not replied. */
static void lookup_ask_next(struct lookup *lookup, int64_t now) {
    size_t server = lookup->asked_count;
    if (server == lookup->server_count) {
        for (size_t i = 0; i < server; i++) {
            lookup_ask(lookup, i);
        }
    } else {
        nameserver_open(&lookup->servers[server], lookup->epoll);
        lookup->asked_count++;
        lookup_ask(lookup, server);
    }
    bool is_last = lookup->asked_count == lookup->server_count;
    lookup->next_at = now + (is_last ? LOOKUP_AGAIN_MS : LOOKUP_NEXT_SERVER_MS);
    for (size_t i = 0; i < lookup->asked_count; i++) {
        lookup_check_server(lookup, i);
    }
}

/* Whether somebody may still answer it. */
static bool lookup_is_open(const struct lookup *lookup, size_t question) {
    bool is_open = lookup->asked_count < lookup->server_count;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        is_open = is_open || lookup->servers[i].said[question] == DNS_NO_REPLY;
    }
    return is_open && !lookup->questions[question].is_decided;
}

void lookup_add_server(struct lookup *lookup, span text) {
    if (lookup->server_count < LIMIT_DNS_SERVERS &&
        nameserver_parse(text, &lookup->servers[lookup->server_count])) {
        lookup->server_count++;
    }
}

bool lookup_is_decided(const struct lookup *lookup) {
    bool is_decided = true;
    for (size_t i = 0; i < lookup->question_count; i++) {
        is_decided = is_decided && lookup->questions[i].is_decided;
    }
    return is_decided;
}

enum dns_reply lookup_said(const struct lookup *lookup, size_t server) {
    enum dns_reply said = DNS_NO_ADDRESS;
    for (size_t i = 0; i < lookup->question_count; i++) {
        enum dns_reply each = lookup->servers[server].said[i];
        said = lookup_is_final(each) && i > 0 ? said : each;
    }
    return said;
}

/* ---- one name -------------------------------------------------------------------------------- */

void lookup_stop(struct lookup *lookup) {
    for (size_t i = 0; i < lookup->server_count; i++) {
        nameserver_close(&lookup->servers[i]);
        memset(lookup->servers[i].said, 0, sizeof lookup->servers[i].said);
    }
    for (size_t i = 0; i < lookup->question_count; i++) {
        nameserver_stream_close(&lookup->questions[i].stream);
    }
    lookup->question_count = 0;
    lookup->asked_count = 0;
    lookup->next_at = 0;
    lookup->give_up_at = 0;
    lookup->usable_at = 0;
}

static bool lookup_write_question(struct lookup *lookup, span name, enum dns_type type) {
    struct lookup_question *question = &lookup->questions[lookup->question_count];
    struct buffer out;
    uint16_t id = (uint16_t)random_number();
    *question = (struct lookup_question){.stream = {.fd = -1}};
    buffer_init(&out, question->data, sizeof question->data);
    bool done = dns_write_query(&out, id, name, type);
    question->query = buffer_span(&out);
    lookup->question_count++;
    return done;
}

bool lookup_begin(struct lookup *lookup, span name, pinetoken_family family) {
    lookup_stop(lookup);
    return (family == PINETOKEN_FAMILY_IPV4 || lookup_write_question(lookup, name, DNS_AAAA)) &&
           (family == PINETOKEN_FAMILY_IPV6 || lookup_write_question(lookup, name, DNS_A));
}

/* When what is found may be used although the other type is not decided: at once if it is IPv6, or
 * after the delay. */
static void lookup_set_usable(struct lookup *lookup, int64_t now) {
    for (size_t i = 0; i < lookup->question_count; i++) {
        const struct lookup_question *question = &lookup->questions[i];
        if (question->is_decided && question->found.count > 0) {
            int64_t at = question->found.size == 4 ? now + LOOKUP_DELAY_MS : now;
            lookup->usable_at =
                lookup->usable_at == 0 || at < lookup->usable_at ? at : lookup->usable_at;
        }
    }
}

enum net_progress lookup_step(struct lookup *lookup, int64_t now) {
    bool is_open = false;
    lookup->give_up_at = lookup->give_up_at == 0 ? now + LOOKUP_NAME_MS : lookup->give_up_at;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        lookup_read_server(lookup, i);
    }
    for (size_t i = 0; i < lookup->question_count; i++) {
        lookup_read_stream(lookup, i);
    }
    while (now >= lookup->next_at) {
        lookup_ask_next(lookup, now);
    }
    for (size_t i = 0; i < lookup->question_count; i++) {
        is_open = is_open || lookup_is_open(lookup, i);
    }
    lookup_set_usable(lookup, now);
    return is_open && now < lookup->give_up_at ? NET_WANT_READ : NET_DONE;
}

bool lookup_is_usable(const struct lookup *lookup, int64_t now) {
    return lookup->usable_at != 0 && now >= lookup->usable_at;
}

int64_t lookup_wake_at(const struct lookup *lookup, int64_t now) {
    int64_t at = lookup->next_at < lookup->give_up_at ? lookup->next_at : lookup->give_up_at;
    return now < lookup->usable_at && lookup->usable_at < at ? lookup->usable_at : at;
}
