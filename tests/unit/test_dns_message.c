#include "dns/message.h"

#include "support/guard.h"
#include "support/test.h"

/* A literal with NULs in it: in a table, and in a function. */
/* Releases of clang-format differ about these braces. */
/* clang-format off */
#define TEXT(text) \
    { "" text, sizeof(text) - 1 }
/* clang-format on */
#define BYTES(text) ((span)TEXT(text))

#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0\5login\4test\0\0\1\0\1"
#define QUERY_AAAA "\x12\x34\1\0\0\1\0\0\0\0\0\0\5login\4test\0\0\x1c\0\1"
#define QUESTION "\5login\4test\0\0\1\0\1"
#define QUESTION_AAAA "\5login\4test\0\0\x1c\0\1"
/* Of a reply with so many records, and a code. */
#define HEAD(count, code) "\x12\x34\x81" code "\0\1\0" count "\0\0\0\0"
#define RECORD "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
#define RECORD_AAAA                                         \
    "\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\xd\xb8\0\0\0" \
    "\0\0\0\0\0\0\0\0\1"
#define ALIAS "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\3\1x\0"

static const struct {
    const char *name;
    bool is_name;
} names[] = {
    {"login.test", true},
    {"login.test.", true},
    {"x", true},
    {"_x.-y", true},
    {"", false},
    {".", false},
    {"a..b", false},
    {".a", false},
    {"a..", false},
    {"sixty-three-bytes-are-the-longest-label-that-the-dns-has-in-it.x", true},
    {"sixty-four-bytes-are-one-more-than-the-longest-label-that-it-has-.x", false},
};

static bool write_query(span name, enum dns_type type, char *data, size_t capacity, span *query) {
    struct buffer out;
    buffer_init(&out, data, capacity);
    bool done = dns_write_query(&out, 0x1234, name, type);
    *query = buffer_span(&out);
    return done;
}

static void test_queries(void **state) {
    (void)state;
    char data[DNS_QUERY_MAX];
    span query;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (write_query(span_text(names[i].name), DNS_A, data, sizeof data, &query) !=
            names[i].is_name) {
            fail_msg("\"%s\"", names[i].name);
        }
    }
    assert_true(write_query(SPAN("login.test"), DNS_A, data, sizeof data, &query));
    assert_true(span_equal(query, BYTES(QUERY)));
    assert_true(write_query(SPAN("login.test."), DNS_AAAA, data, sizeof data, &query));
    assert_true(span_equal(query, BYTES(QUERY_AAAA)));
}

/* 253 bytes of text are 255 of a message, and one more is too many; no room is no query. */
static void test_longest_query(void **state) {
    (void)state;
    char text[255];
    char data[DNS_QUERY_MAX];
    span query;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i % 50 == 49 ? '.' : 'a';
    }
    assert_true(write_query((span){text, 253}, DNS_A, data, sizeof data, &query));
    assert_int_equal(query.size, DNS_QUERY_MAX);
    assert_false(write_query((span){text, 254}, DNS_A, data, sizeof data, &query));
    assert_false(write_query((span){text, 253}, DNS_A, data, sizeof data - 1, &query));
}

struct reply_case {
    const char *name;
    span reply;
    enum dns_reply expected;
    size_t count;
    bool is_truncated;
};

static const struct reply_case replies[] = {
    {"an address", TEXT(HEAD("\1", "\x80") QUESTION RECORD), DNS_ADDRESSES, 1, false},
    {"two", TEXT(HEAD("\2", "\x80") QUESTION RECORD RECORD), DNS_ADDRESSES, 2, false},
    {"more than it says", TEXT(HEAD("\1", "\x80") QUESTION RECORD RECORD), DNS_ADDRESSES, 1, false},
    {"fewer than it says", TEXT(HEAD("\3", "\x80") QUESTION RECORD), DNS_ADDRESSES, 1, false},
    {"an alias", TEXT(HEAD("\2", "\x80") QUESTION ALIAS RECORD), DNS_ADDRESSES, 1, false},
    {"only an alias", TEXT(HEAD("\1", "\x80") QUESTION ALIAS), DNS_NO_ADDRESS, 0, false},
    {"none", TEXT(HEAD("\0", "\x80") QUESTION), DNS_NO_ADDRESS, 0, false},
    {"none, from one that is authoritative", TEXT("\x12\x34\x85\0\0\1\0\0\0\0\0\0" QUESTION),
     DNS_NO_ADDRESS, 0, false},
    {"none, from one that is not, and asks nobody", TEXT("\x12\x34\x81\0\0\1\0\0\0\0\0\0" QUESTION),
     DNS_UNUSABLE, 0, false},
    {"an address from such a one", TEXT("\x12\x34\x81\0\0\1\0\1\0\0\0\0" QUESTION RECORD),
     DNS_ADDRESSES, 1, false},
    {"an alias from such a one", TEXT("\x12\x34\x81\0\0\1\0\1\0\0\0\0" QUESTION ALIAS),
     DNS_NO_ADDRESS, 0, false},
    {"of the other type", TEXT(HEAD("\1", "\x80") QUESTION RECORD_AAAA), DNS_NO_ADDRESS, 0, false},
    {"of another class",
     TEXT(HEAD("\1", "\x80") QUESTION "\xc0\x0c\0\1\0\3\0\0\0\x3c\0\4\xc0\0\2\1"), DNS_NO_ADDRESS,
     0, false},
    {"of another size",
     TEXT(HEAD("\1", "\x80") QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\5\xc0\0\2\1\0"), DNS_NO_ADDRESS,
     0, false},
    {"truncated", TEXT("\x12\x34\x83\x80\0\1\0\1\0\0\0\0" QUESTION RECORD), DNS_ADDRESSES, 1, true},
    {"truncated, empty", TEXT("\x12\x34\x83\x80\0\1\0\0\0\0\0\0" QUESTION), DNS_NO_ADDRESS, 0,
     true},
    {"the name in full",
     TEXT(HEAD("\1", "\x80") QUESTION "\5login\4test\0\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"),
     DNS_ADDRESSES, 1, false},
    {"a name without end", TEXT(HEAD("\1", "\x80") QUESTION "\x3f"), DNS_UNUSABLE, 0, false},
    {"a pointer cut", TEXT(HEAD("\1", "\x80") QUESTION "\xc0"), DNS_UNUSABLE, 0, false},
    {"a record cut", TEXT(HEAD("\1", "\x80") QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x3c\0"), DNS_UNUSABLE,
     0, false},
    {"data cut", TEXT(HEAD("\1", "\x80") QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2"),
     DNS_UNUSABLE, 0, false},
    {"no such name", TEXT(HEAD("\0", "\x83") QUESTION), DNS_NO_NAME, 0, false},
    {"server failure", TEXT(HEAD("\0", "\x82") QUESTION), DNS_FAILURE, 0, false},
    {"refused", TEXT(HEAD("\0", "\x85") QUESTION), DNS_REFUSED, 0, false},
    {"format error", TEXT(HEAD("\0", "\x81") QUESTION), DNS_UNUSABLE, 0, false},
    {"not implemented", TEXT(HEAD("\0", "\x84") QUESTION), DNS_UNUSABLE, 0, false},
    {"an error without the question", TEXT("\x12\x34\x81\x85\0\0\0\0\0\0\0\0"), DNS_REFUSED, 0,
     false},
    {"success without the question", TEXT("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"), DNS_NO_REPLY, 0,
     false},
    {"letters of another case", TEXT(HEAD("\1", "\x80") "\5LOGIN\4Test\0\0\1\0\1" RECORD),
     DNS_ADDRESSES, 1, false},
    {"another name", TEXT(HEAD("\1", "\x80") "\5logon\4test\0\0\1\0\1" RECORD), DNS_NO_REPLY, 0,
     false},
    {"another type", TEXT(HEAD("\1", "\x80") QUESTION_AAAA RECORD), DNS_NO_REPLY, 0, false},
    {"another ID", TEXT("\x12\x35\x81\x80\0\1\0\1\0\0\0\0" QUESTION RECORD), DNS_NO_REPLY, 0,
     false},
    {"a query", TEXT(QUERY), DNS_NO_REPLY, 0, false},
    {"another operation", TEXT("\x12\x34\x91\x80\0\1\0\1\0\0\0\0" QUESTION RECORD), DNS_NO_REPLY, 0,
     false},
    {"eleven bytes", TEXT("\x12\x34\x81\x85\0\0\0\0\0\0\0"), DNS_NO_REPLY, 0, false},
    {"nothing", TEXT(""), DNS_NO_REPLY, 0, false},
};

static void test_replies(void **state) {
    (void)state;
    FOR_EACH(struct reply_case, each, replies) {
        struct dns_addresses addresses = {.count = 0};
        char *copy = guard_copy(each->reply);
        enum dns_reply reply =
            dns_read_reply((span){copy, each->reply.size}, BYTES(QUERY), &addresses);
        if (reply != each->expected || addresses.count != each->count ||
            addresses.is_truncated != each->is_truncated) {
            fail_msg("%s: %d, %zu addresses", each->name, (int)reply, addresses.count);
        }
        if (reply == DNS_ADDRESSES) {
            assert_int_equal(addresses.size, 4);
            assert_memory_equal(addresses.list[each->count - 1], "\xc0\0\2\1", 4);
        }
        guard_free(copy, each->reply.size);
    }
}

static void test_long_addresses(void **state) {
    (void)state;
    struct dns_addresses addresses = {.count = 0};
    assert_int_equal(dns_read_reply(BYTES(HEAD("\2", "\x80") QUESTION_AAAA RECORD RECORD_AAAA),
                                    BYTES(QUERY_AAAA), &addresses),
                     DNS_ADDRESSES);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(addresses.size, 16);
    assert_memory_equal(addresses.list[0], "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
}

/* Cut at every byte, with a guard page after it, and with every byte another one: it is read
 * within its bounds. */
static void test_every_cut_and_change(void **state) {
    (void)state;
    const span whole = BYTES(HEAD("\3", "\x80") QUESTION ALIAS RECORD RECORD);
    for (size_t size = 0; size <= whole.size; size++) {
        for (size_t at = 0; at < size; at++) {
            struct dns_addresses addresses = {.count = 0};
            char *copy = guard_copy(span_cut(whole, 0, size));
            copy[at] = (char)(copy[at] + (at % 2 == 0 ? 1 : 0x7f));
            dns_read_reply((span){copy, size}, BYTES(QUERY), &addresses);
            assert_true(addresses.count <= 2);
            guard_free(copy, size);
        }
    }
}

/* One more than are kept. */
static void test_many_addresses(void **state) {
    (void)state;
    static char data[12 + 16 + (LIMIT_ADDRESSES + 1) * 16];
    struct buffer out;
    struct dns_addresses addresses = {.count = 0};
    buffer_init(&out, data, sizeof data);
    buffer_append(&out, BYTES(HEAD("\x11", "\x80") QUESTION));
    for (size_t i = 0; i <= LIMIT_ADDRESSES; i++) {
        buffer_append(&out, BYTES(RECORD));
    }
    assert_false(out.overflow);
    assert_int_equal(dns_read_reply(buffer_span(&out), BYTES(QUERY), &addresses), DNS_ADDRESSES);
    assert_int_equal(addresses.count, LIMIT_ADDRESSES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries),        cmocka_unit_test(test_longest_query),
        cmocka_unit_test(test_replies),        cmocka_unit_test(test_long_addresses),
        cmocka_unit_test(test_many_addresses), cmocka_unit_test(test_every_cut_and_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
