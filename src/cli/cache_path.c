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

static const char *cache_path_default(char out[CACHE_PATH_CAPACITY]) {
    for (size_t i = 0; i < sizeof cache_places / sizeof cache_places[0]; i++) {
        const char *directory = getenv(cache_places[i].variable);
        /* One that is relative is to be ignored (XDG Base Directory Specification). */
        if (directory != NULL && directory[0] == '/') {
            struct buffer path;
            buffer_init(&path, out, PATH_MAX);
            buffer_append_text(&path, directory);
            buffer_append_text(&path, cache_places[i].below);
            buffer_append_byte(&path, '\0');
            return path.overflow ? NULL : out;
        }
    }
    return NULL;
}

/* One a line. One that is too long names nothing that could be opened, either. */
static const char *cache_path_join(const char *const *list, char out[CACHE_PATH_CAPACITY]) {
    struct buffer path;
    buffer_init(&path, out, CACHE_PATH_CAPACITY);
    for (; *list != NULL; list++) {
        if (strcmp(*list, "/dev/null") != 0) {
            buffer_append(&path, path.size > 0 ? SPAN("\n") : SPAN(""));
            buffer_append_cut(&path, span_text(*list));
        }
    }
    return path.size > 0 ? buffer_terminate(&path) : NULL;
}

const char *cache_path(const struct options *options, char out[CACHE_PATH_CAPACITY]) {
    if (options->counts[OPTION_NO_CACHE] > 0) {
        return NULL;
    }
    const char *const *list = (const char *const *)options->lists[OPTION_CACHE];
    return list != NULL ? cache_path_join(list, out) : cache_path_default(out);
}

const char *cache_path_file(const struct options *options, char out[CACHE_PATH_CAPACITY]) {
    const char *path = cache_path(options, out);
    char *line = path != NULL ? strrchr(out, '\n') : NULL;
    if (line != NULL && span_is_url(span_text(line + 1))) {
        *line = '\0';
    }
    return path != NULL && span_is_url(span_text(path)) ? NULL : path;
}
