/* OCSP responses of any bytes: what is read lies in them and is about the certificate that was
 * asked about, and no response is the beginning of another one. An input is the size of a serial
 * number (one byte), the number, and the response. */
#include "crypto/ocsp.h"
#include "fuzz.h"

static const char *read_copy(span response, span serial, struct ocsp *ocsp) {
    char *copy = copy_of(response.data, response.size);
    const char *fault = ocsp_read((span){copy, response.size}, serial, ocsp);
    REQUIRE(fault == NULL || strncmp(fault, "it ", 3) == 0);
    if (fault == NULL) {
        const span parts[] = {ocsp->signed_part, ocsp->algorithm, ocsp->signature,
                              ocsp->certificate};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            REQUIRE(lies_within(parts[i], copy, response.size));
        }
        REQUIRE(lies_within(ocsp->signed_part, copy, response.size));
        REQUIRE(memmem(ocsp->signed_part.data, ocsp->signed_part.size, serial.data, serial.size));
        REQUIRE((ocsp->status == OCSP_REVOKED) || ocsp->revoked_at == 0);
    }
    free(copy);
    return fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t number = take_choice(&data, &size) % 21u;
    struct ocsp ocsp;
    struct ocsp other;
    if (size <= number) {
        return 0;
    }
    char *serial = copy_of(data, number);
    const span response = {(const char *)data + number, size - number};
    if (read_copy(response, (span){serial, number}, &ocsp) == NULL) {
        const span shorter = span_cut(response, 0, response.size - 1);
        REQUIRE(read_copy(shorter, (span){serial, number}, &other) != NULL);
        char *longer = copy_of(response.data, response.size);
        longer = realloc(longer, response.size + 1);
        REQUIRE(longer != NULL);
        longer[response.size] = longer[0];
        REQUIRE(read_copy((span){longer, response.size + 1}, (span){serial, number}, &other) !=
                NULL);
        free(longer);
    }
    free(serial);
    return 0;
}
