/* Names of certificates, compared as DER. */
#include "tls/name.h"

#include "support/guard.h"
#include "support/test.h"

/* clang-format off */
#define TEXT(literal) {"" literal, sizeof(literal) - 1}
/* clang-format on */
/* An attribute in a SET of its own, of 11 + `size` bytes: O is 0a, CN 03. */
#define ATTRIBUTE(set, pair, type, string, value) \
    "\x31" set "\x30" pair "\x06\x03\x55\x04" type string value
#define O_X ATTRIBUTE("\x0a", "\x08", "\x0a", "\x0c\x01", "x")
#define O_BIG_X ATTRIBUTE("\x0a", "\x08", "\x0a", "\x13\x01", "X")
#define O_Y ATTRIBUTE("\x0a", "\x08", "\x0a", "\x0c\x01", "y")
#define CN_X ATTRIBUTE("\x0a", "\x08", "\x03", "\x0c\x01", "x")
#define PAIR_X "\x30\x08\x06\x03\x55\x04\x0a\x0c\x01x"
#define PAIR_Y "\x30\x08\x06\x03\x55\x04\x03\x0c\x01y"

static const struct {
    span name;
    span start;
    bool holds;
} cases[] = {
    {TEXT("\x30\x00"), TEXT("\x30\x00"), true},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x00"), true},
    {TEXT("\x30\x00"), TEXT("\x30\x0c" O_X), false},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x0c" O_X), true},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x0c" O_BIG_X), true},
    {TEXT("\x30\x0c" O_BIG_X), TEXT("\x30\x0c" O_X), true},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x0c" O_Y), false},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x0c" CN_X), false},
    {TEXT("\x30\x18" O_X CN_X), TEXT("\x30\x0c" O_X), true},
    {TEXT("\x30\x18" O_X CN_X), TEXT("\x30\x18" O_X CN_X), true},
    {TEXT("\x30\x18" O_X CN_X), TEXT("\x30\x0c" CN_X), false},
    {TEXT("\x30\x18" O_X CN_X), TEXT("\x30\x18" CN_X O_X), false},
    {TEXT("\x30\x18" O_X CN_X), TEXT("\x30\x18" O_X O_X), false},
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x18" O_X CN_X), false},
    /* Two attributes of one set are not one of them, nor two sets. */
    {TEXT("\x30\x16\x31\x14" PAIR_X PAIR_Y), TEXT("\x30\x0c\x31\x0a" PAIR_X), false},
    {TEXT("\x30\x18\x31\x0a" PAIR_X "\x31\x0a" PAIR_Y), TEXT("\x30\x16\x31\x14" PAIR_X PAIR_Y),
     false},
    {TEXT("\x30\x16\x31\x14" PAIR_X PAIR_Y), TEXT("\x30\x16\x31\x14" PAIR_X PAIR_Y), true},
    /* Types are compared as they are: 2.5.4.65 is not 2.5.4.97. */
    {TEXT("\x30\x0c" ATTRIBUTE("\x0a", "\x08", "A", "\x0c\x01", "x")),
     TEXT("\x30\x0c" ATTRIBUTE("\x0a", "\x08", "a", "\x0c\x01", "x")), false},
    /* A sequence is not a set, of whatever size. */
    {TEXT("\x30\x0c" O_X), TEXT("\x30\x0c\x30\x0a" PAIR_X), false},
    /* Not a Name. */
    {TEXT("\x31\x0c" O_X), TEXT("\x30\x0c" O_X), false},
    {TEXT("\x30\x0c" O_X), TEXT("\x31\x0c" O_X), false},
    {TEXT(""), TEXT("\x30\x00"), false},
    {TEXT("\x30\x00"), TEXT(""), false},
};

static void test_starts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int at_start = 0; at_start < 2; at_start++) {
            char *(*copy)(span) = at_start ? guard_copy_after : guard_copy;
            char *name = copy(cases[i].name);
            char *start = copy(cases[i].start);
            if (name_starts((span){name, cases[i].name.size}, (span){start, cases[i].start.size}) !=
                cases[i].holds) {
                fail_msg("case %zu", i);
            }
            guard_free(name, cases[i].name.size);
            guard_free(start, cases[i].start.size);
        }
    }
}

/* Cut anywhere, it is no name; and nothing beyond its end is read. */
static void test_cut(void **state) {
    (void)state;
    static const span whole = TEXT("\x30\x18" O_X CN_X);
    for (size_t size = 0; size < whole.size; size++) {
        char *copy = guard_copy(span_cut(whole, 0, size));
        assert_false(name_starts((span){copy, size}, whole));
        assert_false(name_starts(whole, (span){copy, size}));
        guard_free(copy, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
