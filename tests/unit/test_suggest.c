#include "cli/suggest.h"

#include "support/test.h"

static const struct {
    const char *typed;
    const char *name;
    int distance; /* -1: not near */
} pairs[] = {
    {"--timeout", "--timeout", 0},
    {"--timeuot", "--timeout", 1}, /* swapped */
    {"--timeot", "--timeout", 1},  /* left out */
    {"--timeoout", "--timeout", 1},
    {"--timexut", "--timeout", 1},
    {"--tmieuot", "--timeout", 2},
    {"TIME_OUT", "--timeout", 1},
    {"CA_FILE", "--ca-file", 0},
    {"pin", "--pin", 0},
    {"-pin", "--pin", 0},
    {"--pni", "--pin", 1},
    {"--pxx", "--pin", -1},
    {"--xax", "--ca", -1},
    {"--c", "--ca", -1},
    {"--cx", "--ca", -1},
    {"--cax", "--ca", 1},
    {"-4", "-6", -1},
    {"-k", "-4", -1},
    {"-v", "-v", 0},
    {"", "--ca", -1},
    {"--", "-4", -1},
    {"--scope", "--mode", -1},
    {"--clie", "--client-id", 5},   /* the start of it */
    {"--data-binary", "--data", 7}, /* and the other way round */
    {"--cl", "--client-id", -1},    /* too short a start */
    {"--clix", "--client-id", -1},
    {"--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 1},
    {"--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1},
    {"--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1},
};

static void test_distances(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct suggestion suggestion;
        suggest_begin(&suggestion, span_text(pairs[i].typed));
        suggest_offer(&suggestion, pairs[i].name, 7);
        int distance = suggestion.best < 0 ? -1 : (int)suggestion.distance;
        if (distance != pairs[i].distance || (distance >= 0 && suggestion.best != 7)) {
            fail_msg("%s %s: %d", pairs[i].typed, pairs[i].name, distance);
        }
    }
}

/* The nearest; of those that are as near, the first. */
static void test_best(void **state) {
    (void)state;
    struct suggestion suggestion;
    suggest_begin(&suggestion, SPAN("--cache-file"));
    suggest_offer(&suggestion, "--format", 0);
    assert_int_equal(suggestion.best, -1);
    suggest_offer(&suggestion, "--cache", 1);
    assert_int_equal(suggestion.best, 1);
    suggest_offer(&suggestion, "--ca-file", 2);
    assert_int_equal(suggestion.best, 2);
    suggest_offer(&suggestion, "--ce-file", 3);
    assert_int_equal(suggestion.best, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
