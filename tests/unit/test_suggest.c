/* "Did you mean": what is close to the input, against a reference that keeps the whole table.
 */
#include "cli/suggest.h"

#include "support/guard.h"
#include "support/test.h"

#define LONGEST 7

/* Letters to insert, drop, change or swap with the one beside (optimal string alignment). */
static size_t reference_distance(const char *a, const char *b) {
    size_t table[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= strlen(a); i++) {
        for (size_t j = 0; j <= strlen(b); j++) {
            size_t best = i == 0 ? j : j == 0 ? i : SIZE_MAX;
            if (i > 0 && j > 0) {
                const size_t dropped = table[i - 1][j] + 1;
                const size_t inserted = table[i][j - 1] + 1;
                best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                best = dropped < best ? dropped : best;
                best = inserted < best ? inserted : best;
            }
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                table[i - 2][j - 2] + 1 < best) {
                best = table[i - 2][j - 2] + 1;
            }
            table[i][j] = best;
        }
    }
    return table[strlen(a)][strlen(b)];
}

static bool reference_is_near(const char *typed, const char *name) {
    const size_t a = strlen(typed);
    const size_t b = strlen(name);
    const size_t shorter = a < b ? a : b;
    return reference_distance(typed, name) * 3 <= (a > b ? a : b) ||
           (shorter >= 3 && memcmp(typed, name, shorter) == 0);
}

/* The word with this number among all words over that many letters: "", "a", "b", "aa", "ba", ...
 */
static void write_word(unsigned number, unsigned letters, char word[LONGEST + 1]) {
    size_t size = 0;
    for (; number > 0; number = (number - 1) / letters) {
        word[size++] = (char)('a' + (number - 1) % letters);
    }
    word[size] = '\0';
}

static void check_every_pair(unsigned letters, unsigned words) {
    for (unsigned pair = 0; pair < words * words; pair++) {
        char typed[LONGEST + 1];
        char name[LONGEST + 1];
        struct suggestion suggestion;
        write_word(pair % words, letters, typed);
        write_word(pair / words, letters, name);
        suggest_begin(&suggestion, span_text(typed));
        suggest_offer(&suggestion, name, 7);
        const bool is_near = reference_is_near(typed, name);
        if (suggestion.best != (is_near ? 7 : -1) ||
            (is_near && suggestion.distance != reference_distance(typed, name))) {
            fail_msg("\"%s\", \"%s\": %d", typed, name, suggestion.best);
        }
    }
}

static void test_every_pair_of_words(void **state) {
    (void)state;
    /* Of up to seven letters, and up to four. */
    check_every_pair(2, 255);
    check_every_pair(3, 121);
}

static const struct {
    const char *typed;
    const char *names[3];
    int best; /* index; -1: none of them */
} cases[] = {
    {"timeout", {"timeout", "time", NULL}, 0},
    {"time", {"timeout", "time", NULL}, 1},
    {"tmeout", {"timeoutx", "timeout", "timeouty"}, 1},
    /* Of two that are as near, the first. */
    {"timeoux", {"timeout", "timeouy", NULL}, 0},
    {"TIMEout", {"timeout", NULL, NULL}, 0},
    {"client_id", {"client-id-x", "--client-id", NULL}, 1},
    {"--client-id", {"client_id", NULL, NULL}, 0},
    {"---timeout", {"-timeout", NULL, NULL}, 0},
    {"-", {"-4", NULL, NULL}, -1},
    {"", {"-4", NULL, NULL}, -1},
    {"ti", {"timeout", NULL, NULL}, -1},
    {"tim", {"timeout", NULL, NULL}, 0},
    {"timeout-of-the-connection", {"timeout", NULL, NULL}, 0},
    {"scope", {"mode", NULL, NULL}, -1},
    {"abcdefghijklmnopqrstuvwxyz012345", {"abcdefghijklmnopqrstuvwxyz012345", NULL, NULL}, 0},
    {"abcdefghijklmnopqrstuvwxyz012345", {"abcdefghijklmnopqrstuvwxyz0123456", NULL, NULL}, -1},
    {"abcdefghijklmnopqrstuvwxyz0123456", {"abcdefghijklmnopqrstuvwxyz012345", NULL, NULL}, -1},
    {"--abcdefghijklmnopqrstuvwxyz012345", {"abcdefghijklmnopqrstuvwxyz012345", NULL, NULL}, 0},
};

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct suggestion suggestion;
        const span typed = span_text(cases[i].typed);
        char *copy = i % 2 == 0 ? guard_copy(typed) : guard_copy_after(typed);
        suggest_begin(&suggestion, (span){copy, typed.size});
        for (int j = 0; j < 3 && cases[i].names[j] != NULL; j++) {
            suggest_offer(&suggestion, cases[i].names[j], j);
        }
        if (suggestion.best != cases[i].best) {
            fail_msg("\"%s\": %d", cases[i].typed, suggestion.best);
        }
        guard_free(copy, typed.size);
    }
}

/* Case and the two ways to write a dash make no difference at all. */
static void test_same_names(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"client_id", "client-id"}, {"CLIENT-ID", "--client_id"}, {"a-b_c", "a_b-c"}};
    for (size_t i = 0; i < COUNT(same); i++) {
        for (size_t j = 0; j < 2; j++) {
            struct suggestion suggestion;
            suggest_begin(&suggestion, span_text(same[i][j]));
            suggest_offer(&suggestion, same[i][1 - j], 3);
            assert_int_equal(suggestion.best, 3);
            assert_int_equal(suggestion.distance, 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_of_words),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_same_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
