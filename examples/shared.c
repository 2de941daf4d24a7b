/* One token for all processes of this user: from the store, or fetched by one of those who ask.
 *   shared STORE CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
 *   cc shared.c $(pkg-config --cflags --libs pinetoken) */
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

/* Called where the store has no token that lives long enough. */
static pinetoken_status fetch(void *user, int64_t timeout_ms, pinetoken_token *token,
                              pinetoken_error *error) {
    return pinetoken_fetch(user, timeout_ms, token, error);
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_token token;
    const pinetoken_cache_policy demand = {.min_ttl = 300};
    pinetoken_config_init(&config);
    config.client_id = argc > 2 ? argv[2] : "";
    config.secret = give_secret;
    if (argc == 5) {
        config.token_url = argv[3];
        config.ca_file = argv[4];
    }
    pinetoken *client = pinetoken_new(&config, &error);
    pinetoken_cache *store = client == NULL ? NULL : pinetoken_cache_open(&config, argv[1], &error);
    bool done = store != NULL && pinetoken_cache_fetch(store, &demand, 30000, fetch, client, &token,
                                                       &error) == PINETOKEN_OK;
    if (done) {
        printf("%.*s\n", (int)token.access_token.size, token.access_token.data);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    pinetoken_cache_close(store);
    pinetoken_free(client);
    return done ? 0 : (int)error.status;
}
