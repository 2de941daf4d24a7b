/* Certificates in words: for the log, and what is wrong with them for an error's message. */
#ifndef TLS_DESCRIBE_H
#define TLS_DESCRIBE_H

#include "tls/verify.h"

/* Its subject; at the trace level also its dates, key and pin. `depth` 0: the server's own. */
void describe_to_log(const struct log *log, const mbedtls_x509_crt *certificate, int depth);
/* Appends what is wrong with it, a clause a flag, to the message of the path. */
void describe_faults(struct verify *verify, const mbedtls_x509_crt *certificate, int depth,
                     uint32_t flags);
/* Why the server's own certificate cannot be read: struct verify's `unreadable`. Static text. */
const char *describe_unreadable(int code);
/* The error after the certificates were refused: TLS, with the reasons; CLOCK if only dates are
 * wrong and the system's clock is older than this build. `flags`: what Mbed TLS returned. */
void describe_refusal(const struct verify *verify, uint32_t flags, pinetoken_error *error);

#endif
