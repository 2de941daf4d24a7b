/* Reads a client ID or secret from a descriptor, after checking who else could have written it. */
#ifndef CLI_CREDENTIAL_FILE_H
#define CLI_CREDENTIAL_FILE_H

#include "cli/console.h"
#include "cli/credentials.h"

struct credential_file {
    const char *what; /* "client secret" */
    const char *from; /* the option or variable that names the file: its own name is never printed,
                       * it could be the secret itself in the wrong place */
    bool is_secret;   /* others must not be able to read or write it */
    int64_t deadline; /* clock_monotonic_ms */
};

/* `name` "-" is standard input. CREDENTIALS, TIMEOUT; a secret that everybody can read is only
 * warned about. */
PINETOKEN_MUST_USE bool credential_file_read(const struct credential_file *file, const char *name,
                                             struct credential *credential, struct console *console,
                                             pinetoken_error *error);

#endif
