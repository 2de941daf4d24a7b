/* Where the command caches tokens. */
#ifndef CLI_CACHE_PATH_H
#define CLI_CACHE_PATH_H

#include "base/limits.h"
#include "cli/options.h"

#include <limits.h>

/* The longest path, and a URL after it. */
#define CACHE_PATH_CAPACITY (PATH_MAX + LIMIT_URL + 2u)

/* What pinetoken_cache_open takes, in `out` if it is put together; NULL: no cache. */
const char *cache_path(const struct options *options, char out[CACHE_PATH_CAPACITY]);
/* Its file or directory, without the URL; NULL: there is none. */
const char *cache_path_file(const struct options *options, char out[CACHE_PATH_CAPACITY]);

#endif
