/* Reads answers as the program does, for a comparison with other readers. Standard input: of each
 * its size, four bytes, the lowest first, then itself. Standard output, a line each: "token", the
 * token; or "refused", why. */
#include "fuzz/exchange_run.h"

static bool read_size(size_t *size) {
    unsigned char bytes[4];
    if (fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes) {
        return false;
    }
    *size = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
    return true;
}

int main(void) {
    static struct worker_result outcome;
    size_t size = 0;
    while (read_size(&size)) {
        char *text = malloc(size + 1);
        REQUIRE(text != NULL && fread(text, 1, size, stdin) == size);
        exchange_run_every_way((span){text, size}, size / 2, END_CLOSED, &outcome);
        if (outcome.state == PINETOKEN_COMPLETE) {
            printf("token %.*s\n", (int)outcome.token_size, outcome.token);
        } else {
            printf("refused %s\n", outcome.error.message);
        }
        (void)fflush(stdout);
        free(text);
    }
    return 0;
}
