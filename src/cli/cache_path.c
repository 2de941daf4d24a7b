#include "cli/cache_path.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    char variable[16];
    char below[19];
} cache_places[] = {
    {"XDG_RUNTIME_DIR", "/pinetoken/"},
    {"XDG_CACHE_HOME", "/pinetoken/"},
    {"HOME", "/.cache/pinetoken/"},
};

const char *cache_path(const struct options *options, char *out, size_t capacity) {
    if (options->counts[OPTION_NO_CACHE] > 0) {
        return NULL;
    }
    const char *given = options->values[OPTION_CACHE];
    if (given != NULL) {
        return strcmp(given, "/dev/null") == 0 ? NULL : given;
    }
    for (size_t i = 0; i < sizeof cache_places / sizeof cache_places[0]; i++) {
        const char *directory = getenv(cache_places[i].variable);
        /* One that is relative is to be ignored (XDG Base Directory Specification). */
        if (directory != NULL && directory[0] == '/') {
            struct buffer path;
            buffer_init(&path, out, capacity);
            buffer_append_text(&path, directory);
            buffer_append_text(&path, cache_places[i].below);
            buffer_append_byte(&path, '\0');
            return path.overflow ? NULL : out;
        }
    }
    return NULL;
}
