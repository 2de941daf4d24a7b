/* Where the command caches tokens. */
#ifndef CLI_CACHE_PATH_H
#define CLI_CACHE_PATH_H

#include "cli/options.h"

/* A path for pinetoken_cache_open, in out[0..capacity) where it is put together; NULL: no cache. */
const char *cache_path(const struct options *options, char *out, size_t capacity);

#endif
