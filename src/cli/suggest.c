#include "cli/suggest.h"

#include <string.h>

/* Anything longer is not close to any of our names. */
#define SUGGEST_MAX 32u
/* Fewer letters are the start of too much. */
#define SUGGEST_PREFIX_MIN 3u

/* Distances of one prefix of a name to each prefix of the input. */
struct row {
    size_t cells[SUGGEST_MAX + 1];
};

static span suggest_without_dashes(span name) {
    size_t start = 0;
    while (start < name.size && name.data[start] == '-') {
        start++;
    }
    return span_cut(name, start, name.size);
}

static char suggest_letter(span name, size_t index) {
    char letter = ascii_lower(name.data[index]);
    if (letter == '_') {
        return '-';
    }
    return letter;
}

static size_t suggest_min(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Fills row i from the two before it. */
static void suggest_fill(struct row *rows, size_t i, span typed, span name) {
    size_t *row = rows[i % 3].cells;
    const size_t *above = rows[(i + 2) % 3].cells;
    const size_t *two_above = rows[(i + 1) % 3].cells;
    char letter = suggest_letter(name, i - 1);
    row[0] = i;
    for (size_t j = 1; j <= typed.size; j++) {
        char other = suggest_letter(typed, j - 1);
        size_t changed = above[j - 1] + (letter == other ? 0 : 1);
        row[j] = suggest_min(changed, suggest_min(above[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && letter == suggest_letter(typed, j - 2) &&
            other == suggest_letter(name, i - 2)) {
            row[j] = suggest_min(row[j], two_above[j - 2] + 1);
        }
    }
}

static size_t suggest_distance(span typed, span name) {
    struct row rows[3];
    for (size_t j = 0; j <= typed.size; j++) {
        rows[0].cells[j] = j;
    }
    for (size_t i = 1; i <= name.size; i++) {
        suggest_fill(rows, i, typed, name);
    }
    return rows[name.size % 3].cells[typed.size];
}

static bool suggest_is_start(span typed, span name) {
    size_t size = suggest_min(typed.size, name.size);
    return size >= SUGGEST_PREFIX_MIN &&
           span_equal_ignoring_case(span_cut(typed, 0, size), span_cut(name, 0, size));
}

void suggest_begin(struct suggestion *suggestion, span typed) {
    *suggestion = (struct suggestion){.typed = suggest_without_dashes(typed), .best = -1};
}

void suggest_offer(struct suggestion *suggestion, const char *name, int value) {
    span typed = suggestion->typed;
    span bare = suggest_without_dashes(span_text(name));
    if (typed.size > SUGGEST_MAX || bare.size > SUGGEST_MAX) {
        return;
    }
    size_t distance = suggest_distance(typed, bare);
    size_t longer = typed.size > bare.size ? typed.size : bare.size;
    bool is_near = distance * 3 <= longer || suggest_is_start(typed, bare);
    if (is_near && (suggestion->best < 0 || distance < suggestion->distance)) {
        suggestion->best = value;
        suggestion->distance = distance;
    }
}
