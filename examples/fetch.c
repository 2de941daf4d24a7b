/* A token, the short way: blocks until it is there or the time is up.
 *   fetch CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
 *   cc fetch.c $(pkg-config --cflags --libs pinetoken) */
#include <pinetoken.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool give_secret(void *user, pinetoken_span *secret) {
    const char *text = getenv("PINECONE_CLIENT_SECRET");
    (void)user;
    *secret = (pinetoken_span){text, text != NULL ? strlen(text) : 0};
    return text != NULL;
}

/* One line: what failed, why, and what to do about it. */
static void print_error(const pinetoken_error *error) {
    const char *advice = error->advice;
    fprintf(stderr, advice[0] != '\0' ? "%s (%s)\n" : "%s\n", error->message, advice);
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    config.client_id = argc > 1 ? argv[1] : "";
    config.secret = give_secret;
    if (argc == 4) {
        config.token_url = argv[2];
        config.ca_file = argv[3];
    }
    pinetoken *client = pinetoken_new(&config, &error);
    if (client == NULL || pinetoken_fetch(client, 30000, &token, &error) != PINETOKEN_OK) {
        print_error(&error);
        pinetoken_free(client);
        return (int)error.status;
    }
    printf("%.*s\n", (int)token.access_token.size, token.access_token.data);
    pinetoken_free(client);
    return 0;
}
