#include "cli/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The old token too, because programs differ in which of two variables with one name they read; and
 * the secret in a variable that pinetoken does not even read, and where systemd has put it. */
static bool environment_is_left_out(const char *variable) {
    static const char *const names[] = {
        TOKEN_VARIABLE,
        "PINECONE_CLIENT_SECRET=",
        "PINECONE_CLIENT_SECRET_FILE=",
        "PINETOKEN_CLIENT_SECRET=",
        "PINETOKEN_CLIENT_SECRET_FILE=",
        "PINETOKEN_CACHE_PASSWORD=",
        "PINETOKEN_CACHE_PASSWORD_FILE=",
        "CREDENTIALS_DIRECTORY=",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(variable, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

char **environment_without_secrets(char *more) {
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **list = calloc(count + 2, sizeof *list);
    char **end = list;
    for (char **each = environ; list != NULL && *each != NULL; each++) {
        if (!environment_is_left_out(*each)) {
            *end++ = *each;
        }
    }
    if (list != NULL) {
        *end = more;
    }
    return list;
}
