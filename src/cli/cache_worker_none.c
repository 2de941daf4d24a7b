#include "cli/cache_worker.h"

void cache_worker_start(struct cache_worker *worker) {
    (void)worker;
}
