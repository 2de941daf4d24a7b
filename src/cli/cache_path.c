#include "cli/cache_path.h"

#include "base/text.h"

#include <stdlib.h>

static const struct {
    char variable[16];
    char below[19];
} places[] = {
    {"XDG_RUNTIME_DIR", "/pinetoken/"},
    {"XDG_CACHE_HOME", "/pinetoken/"},
    {"HOME", "/.cache/pinetoken/"},
};

const char *cache_path(const struct options *options, char *out, size_t capacity) {
    if (options->counts[OPTION_NO_CACHE] > 0) {
        return NULL;
    }
    if (options->values[OPTION_CACHE] != NULL) {
        return options->values[OPTION_CACHE];
    }
    const char *given = getenv("PINETOKEN_CACHE");
    if (given != NULL && given[0] != '\0') {
        return given;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *directory = getenv(places[i].variable);
        /* One that is relative is to be ignored (XDG Base Directory Specification). */
        if (directory != NULL && directory[0] == '/') {
            struct text text;
            text_init(&text, out, capacity);
            text_append(&text, directory);
            text_append(&text, places[i].below);
            return out;
        }
    }
    return NULL;
}
