/* The fuzzer of the curves without a fuzzer, for every processor: inputs of a generator, the same
 * each time.   differential [COUNT] */
#include "fuzz.h"

int main(int argc, char **argv) {
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    uint64_t state = 1;
    for (unsigned long i = 0; i < count; i++) {
        uint8_t data[200];
        for (size_t at = 0; at < sizeof data; at++) {
            /* Knuth's MMIX, high bits. */
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            data[at] = (uint8_t)(state >> 56);
        }
        (void)LLVMFuzzerTestOneInput(data, sizeof data);
    }
    printf("%lu inputs\n", count);
    return EXIT_SUCCESS;
}
