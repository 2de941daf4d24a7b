/* Client id and secret, from wherever they are. */
#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include "cli/console.h"

/* The contract's bound. */
#define CREDENTIAL_MAX 4096u

struct credential {
    size_t size;
    /* One byte over the bound, a line end, and NUL. */
    char text[CREDENTIAL_MAX + 4];
};

struct credentials {
    struct credential id;
    struct credential secret;
};

/* Each from the first place that has it: options, environment, files named in the environment,
 * systemd's directory. False: USAGE, CREDENTIALS. The environment's copy of the secret is
 * overwritten. */
PINETOKEN_MUST_USE bool credentials_find_id(struct credential *id, const struct options *options,
                                            struct console *console, pinetoken_error *error);
PINETOKEN_MUST_USE bool credentials_find_secret(struct credential *secret,
                                                const struct options *options,
                                                struct console *console, pinetoken_error *error);
/* Whether the secret is the environment's, which has it only once. */
bool credentials_secret_is_variable(const struct options *options);
/* Overwrites the environment's copy of the secret, read or not. */
void credentials_forget_environment(void);

#endif
