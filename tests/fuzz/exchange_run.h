/* An exchange that receives given bytes in given parts. */
#ifndef FUZZ_EXCHANGE_RUN_H
#define FUZZ_EXCHANGE_RUN_H

#include "fuzz.h"

enum end { END_OPEN, END_CLOSED, END_CUT };

struct worker_result {
    pinetoken_want state;
    pinetoken_error error;
    int64_t expires_in;
    size_t token_size;
    char token[16384];
};

/* Receives text[0..first), then the rest in parts of `step`, then the end. */
void exchange_run(span text, size_t first, size_t step, enum end end, struct worker_result *result);
/* Complete, byte by byte, and split at `cut`: the same result. */
void exchange_run_every_way(span text, size_t cut, enum end end, struct worker_result *whole);

#endif
