/* Reads responses as the program does, for a comparison with other parsers. Standard input: for
 * each response its size in four bytes, little-endian, then the response. Standard output, one line
 * each: "token" and the token, or "refused" and the reason. */
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
    static struct worker_result result;
    size_t size = 0;
    while (read_size(&size)) {
        char *text = malloc(size + 1);
        REQUIRE(text != NULL && fread(text, 1, size, stdin) == size);
        exchange_run_every_way((span){text, size}, size / 2, END_CLOSED, &result);
        if (result.state == PINETOKEN_COMPLETE) {
            printf("token %.*s\n", (int)result.token_size, result.token);
        } else {
            printf("refused %s\n", result.error.message);
        }
        (void)fflush(stdout);
        free(text);
    }
    return 0;
}
