/* One token for all processes of this user: from the cache, or fetched by one of them.
 *   shared CACHE CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
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

/* One line: what failed, why, and what to do about it. */
static void print_error(const pinetoken_error *error) {
    const char *advice = error->advice;
    fprintf(stderr, advice[0] != '\0' ? "%s (%s)\n" : "%s\n", error->message, advice);
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_cache_policy policy;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    config.client_id = argc > 2 ? argv[2] : "";
    config.secret = give_secret;
    if (argc == 5) {
        config.token_url = argv[3];
        config.ca_file = argv[4];
    }
    pinetoken_cache_policy_init(&policy);
    policy.min_ttl = 60;
    pinetoken *client = pinetoken_new(&config, &error);
    pinetoken_cache *cache =
        client != NULL ? pinetoken_cache_open(&config, argc > 1 ? argv[1] : "", &error) : NULL;
    bool done = cache != NULL &&
                pinetoken_cache_fetch(cache, client, &policy, &token, &error) == PINETOKEN_OK;
    if (done) {
        printf("%.*s\n", (int)token.access_token.size, token.access_token.data);
    } else {
        print_error(&error);
    }
    pinetoken_cache_close(cache);
    pinetoken_free(client);
    return done ? 0 : (int)error.status;
}
