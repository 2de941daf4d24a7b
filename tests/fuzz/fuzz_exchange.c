/* Complete responses through the exchange: the response parser, the scanner and the OAuth response
 * together. */
#include "exchange_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct worker_result result;
    enum end end = (enum end)(take_choice(&data, &size) % 3);
    size_t cut = take_choice(&data, &size);
    char *copy = copy_of(data, size);
    exchange_run_every_way((span){copy, size}, cut, end, &result);
    free(copy);
    return 0;
}
