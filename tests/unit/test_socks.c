/* SOCKS5 byte by byte: what is sent, to the byte, and what comes of every reply, however it is cut.
 */
#include "http/socks.h"

#include "support/guard.h"
#include "support/test.h"

/* Texts with NULs in them. */
/* Releases of clang-format differ about these braces. */
/* clang-format off */
#define BYTES(literal) \
    { "" literal, sizeof(literal) - 1 }
/* clang-format on */

static const struct {
    const char *proxy, *host;
    uint16_t port;
    /* The replies, one after the other, and what is sent before each. */
    pinetoken_span sent[3], replies[3];
    enum socks_progress progress; /* SOCKS_MORE: waits for more */
    const char *why;
    bool is_transient;
} cases[] = {
#define NONE_ASKED BYTES("\5\1\0")
#define BOTH_ASKED BYTES("\5\2\0\2")
#define REQUEST BYTES("\5\1\0\3\7h.test!\x01\xbb")
#define OPEN4 BYTES("\5\0\0\1\x7f\0\0\1\x04\x38")
    /* Open, by name and by address, with each kind of address in the reply. */
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\4abcdefghijklmnop\0\0")},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\3\4name\1\2")},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\3\0\1\2")},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\xff\1abcd\0\0")},
     SOCKS_DONE,
     "",
     false},
    {"socks5://p",
     "192.0.2.7",
     65535,
     {NONE_ASKED, BYTES("\5\1\0\1\xc0\0\2\7\xff\xff")},
     {BYTES("\5\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://p",
     "2001:db8::1",
     1,
     {NONE_ASKED, BYTES("\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\1")},
     {BYTES("\5\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    /* A user and a password, if they are asked for. */
    {"socks5h://u:word@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\1u\4word"), REQUEST},
     {BYTES("\5\2"), BYTES("\1\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://u:word@p",
     "h.test!",
     443,
     {BOTH_ASKED, REQUEST},
     {BYTES("\5\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://a%3a%00b@p", "h.test!", 443, {BYTES("")}, {BYTES("")}, SOCKS_BAD, "refused", false},
    {"socks5h://us%3aer:p%3a:%20@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\5us:er\4p:: "), REQUEST},
     {BYTES("\5\2"), BYTES("\1\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://u@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\1u\0"), REQUEST},
     {BYTES("\5\2"), BYTES("\1\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://:w@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\0\1w"), REQUEST},
     {BYTES("\5\2"), BYTES("\1\0"), OPEN4},
     SOCKS_DONE,
     "",
     false},
    {"socks5h://u:word@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\1u\4word")},
     {BYTES("\5\2"), BYTES("\1\1")},
     SOCKS_BAD,
     "it refuses the user or password",
     false},
    {"socks5h://u:word@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\1u\4word")},
     {BYTES("\5\2"), BYTES("\1\xff")},
     SOCKS_BAD,
     "it refuses the user or password",
     false},
    {"socks5h://u:word@p",
     "h.test!",
     443,
     {BOTH_ASKED, BYTES("\1\1u\4word")},
     {BYTES("\5\2"), BYTES("\5\0")},
     SOCKS_BAD,
     "its response is not SOCKS5",
     false},
    /* Ways to log in. */
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED},
     {BYTES("\5\xff")},
     SOCKS_BAD,
     "it refuses this way to log in (give a user and password in --proxy",
     false},
    {"socks5h://u:w@p",
     "h.test!",
     443,
     {BOTH_ASKED},
     {BYTES("\5\xff")},
     SOCKS_BAD,
     "it refuses this way to log in (it takes no user and password",
     false},
    {"socks5h://p", "h.test!", 443, {NONE_ASKED}, {BYTES("\5\2")}, SOCKS_BAD, "not offered", false},
    {"socks5h://u:w@p",
     "h.test!",
     443,
     {BOTH_ASKED},
     {BYTES("\5\1")},
     SOCKS_BAD,
     "not offered",
     false},
    {"socks5h://u:w@p",
     "h.test!",
     443,
     {BOTH_ASKED},
     {BYTES("\5\x80")},
     SOCKS_BAD,
     "not offered",
     false},
/* Refusals, of which the code is enough. (Releases of clang-format differ about these braces.) */
/* clang-format off */
#define REFUSAL(code, why, is_transient) \
    {"socks5h://p", "h.test!", 443, {NONE_ASKED, REQUEST}, \
     {BYTES("\5\0"), BYTES("\5" code)}, SOCKS_BAD, why, is_transient}
    /* clang-format on */
    REFUSAL("\1", "general failure (it could not reach the server", true),
    REFUSAL("\2", "not allowed by its rules (it does not allow this host and port", false),
    REFUSAL("\3", "network unreachable", true),
    REFUSAL("\4", "host unreachable", true),
    REFUSAL("\5", "connection refused", true),
    REFUSAL("\6", "TTL expired", true),
    REFUSAL("\7", "command not supported", false),
    REFUSAL("\x08", "address type not supported", true),
    REFUSAL("\x09", "a failure that is not in RFC 1928", true),
    REFUSAL("\xff", "a failure that is not in RFC 1928", true),
    REFUSAL("\2\0\1abcd\0\0", "not allowed by its rules", false),
    /* What is not SOCKS5. */
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED},
     {BYTES("HTTP/1.1 400 Bad Request\r\n\r\n")},
     SOCKS_BAD,
     "its response is not SOCKS5 (check that a SOCKS5 proxy listens",
     false},
    {"socks5h://p", "h.test!", 443, {NONE_ASKED}, {BYTES("\4\0")}, SOCKS_BAD, "not SOCKS5", false},
    {"socks5h://p", "h.test!", 443, {NONE_ASKED}, {BYTES("\0\0")}, SOCKS_BAD, "not SOCKS5", false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\4\0\0\1abcd\0\0")},
     SOCKS_BAD,
     "not SOCKS5",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\2abcd\0\0")},
     SOCKS_BAD,
     "not SOCKS5",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\0abcd\0\0")},
     SOCKS_BAD,
     "not SOCKS5",
     false},
    /* Cut off. */
    {"socks5h://p", "h.test!", 443, {NONE_ASKED}, {BYTES("")}, SOCKS_MORE, "", false},
    {"socks5h://p", "h.test!", 443, {NONE_ASKED}, {BYTES("\5")}, SOCKS_MORE, "", false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\3\xff")},
     SOCKS_MORE,
     "",
     false},
    {"socks5h://p",
     "h.test!",
     443,
     {NONE_ASKED, REQUEST},
     {BYTES("\5\0"), BYTES("\5\0\0\1abcd\0")},
     SOCKS_MORE,
     "",
     false},
};

/* Gives a reply in two parts, cut at `cut`, each step with as many bytes as are wanted at the most;
 * *taken: bytes of it. */
static enum socks_progress give(struct socks *socks, span reply, size_t cut, struct buffer *out,
                                size_t *taken) {
    enum socks_progress progress = SOCKS_MORE;
    size_t size = 0;
    while (progress == SOCKS_MORE) {
        size_t end = size < cut && cut < reply.size ? cut : reply.size;
        size_t next = end < socks->wanted ? end : socks->wanted;
        if (next == size) {
            break;
        }
        size = next;
        char *copy = guard_copy((span){reply.data, size});
        progress = socks_take(socks, (span){copy, size}, out);
        guard_free(copy, size);
    }
    *taken = size;
    return progress;
}

static enum socks_progress run(size_t number, size_t cut, struct socks *socks) {
    char data[SOCKS_MESSAGE_MAX];
    struct buffer out;
    struct proxy_url proxy;
    pinetoken_error error = {0};
    enum socks_progress progress = SOCKS_SEND;
    if (!proxy_url_parse(span_text(cases[number].proxy), &proxy, &error)) {
        socks->why = "refused";
        socks->advice = "";
        return SOCKS_BAD;
    }
    buffer_init(&out, data, sizeof data);
    socks_begin(socks, &proxy, span_text(cases[number].host), cases[number].port, &out);
    for (size_t i = 0; progress == SOCKS_SEND; i++) {
        size_t taken = 0;
        assert_true(i < 3);
        assert_int_equal(out.size, cases[number].sent[i].size);
        assert_memory_equal(data, cases[number].sent[i].data, out.size);
        buffer_init(&out, data, sizeof data);
        progress = give(socks, cases[number].replies[i], cut, &out, &taken);
        /* What comes after a reply stays where it is. */
        assert_true(progress == SOCKS_BAD || taken == cases[number].replies[i].size);
    }
    return progress;
}

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t cut = 0; cut < 30; cut++) {
            struct socks socks = {.why = ""};
            enum socks_progress progress = run(i, cut, &socks);
            if (progress != cases[i].progress) {
                fail_msg("case %zu cut at %zu: %d", i, cut, (int)progress);
            }
            if (progress == SOCKS_BAD) {
                pinetoken_error error = {0};
                error_set(&error, PINETOKEN_NETWORK, socks.why, socks.advice);
                assert_message(error, cases[i].why);
                assert_int_equal(socks.is_transient, cases[i].is_transient);
            }
        }
    }
}

/* Names and credentials as long as can be, and a byte less. */
static void test_longest(void **state) {
    (void)state;
    for (size_t size = 252; size <= 255; size++) {
        char text[600] = "socks5h://";
        char host[256];
        char data[SOCKS_MESSAGE_MAX];
        struct socks socks;
        struct buffer out;
        struct proxy_url proxy;
        pinetoken_error error = {0};
        memset(text + 10, 'u', 2 * size + 1);
        memcpy(text + 10 + size, ":", 1);
        memcpy(text + 10 + 2 * size + 1, "@p", 3);
        memset(host, 'h', sizeof host);
        assert_true(proxy_url_parse(span_text(text), &proxy, &error));
        buffer_init(&out, data, sizeof data);
        socks_begin(&socks, &proxy, (span){host, size}, 443, &out);
        buffer_init(&out, data, sizeof data);
        assert_int_equal(socks_take(&socks, (span){"\5\2", 2}, &out), SOCKS_SEND);
        assert_false(out.overflow);
        assert_int_equal(out.size, 3 + 2 * size);
        assert_int_equal((unsigned char)data[1], size);
        assert_int_equal((unsigned char)data[2 + size], size);
        buffer_init(&out, data, sizeof data);
        assert_int_equal(socks_take(&socks, (span){"\1\0", 2}, &out), SOCKS_SEND);
        assert_int_equal(out.size, 7 + size);
        assert_int_equal((unsigned char)data[4], size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case),
                                       cmocka_unit_test(test_longest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
