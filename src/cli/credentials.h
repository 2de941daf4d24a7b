/* Client ID and secret, from wherever they are. One reader for every source: options, environment,
 * files named in the environment, systemd's directory. */
#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include "base/limits.h"
#include "cli/console.h"

struct credential {
    size_t size;
    /* Room for a line end, one byte over the limit, and NUL. */
    char text[LIMIT_CREDENTIAL + 4];
};

struct credentials {
    struct credential id;
    struct credential secret;
};

/* Each from the first source that is set; an empty variable is not. False: USAGE, CREDENTIALS,
 * TIMEOUT. The environment's copies of the secret are wiped. */
PINETOKEN_MUST_USE bool credentials_find_id(struct credential *id, const struct options *options,
                                            struct console *console, pinetoken_error *error);
PINETOKEN_MUST_USE bool credentials_find_secret(struct credential *secret,
                                                const struct options *options,
                                                struct console *console, pinetoken_error *error);
/* The password of a shared cache; its size is 0 if no source is set. False: as above. */
PINETOKEN_MUST_USE bool credentials_find_password(struct credential *password,
                                                  const struct options *options,
                                                  struct console *console, pinetoken_error *error);
/* Whether the secret is from the environment, where it can be read only once. */
bool credentials_secret_is_variable(void);
/* Wipes every copy of the secret in the environment, read or not. */
void credentials_forget_environment(void);
/* The same of the cache's password. */
void credentials_forget_password(void);

/* Adds to a rejection what is odd about the credentials that were rejected. */
void credentials_explain(const struct credential *id, const struct credential *secret,
                         pinetoken_error *error);

#endif
