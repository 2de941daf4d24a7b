/* A fetch in a libuv loop, beside whatever else it runs.
 *   libuv CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
 *   cc libuv.c $(pkg-config --cflags --libs pinetoken libuv) */
#include <pinetoken.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static pinetoken *client;
static uv_timer_t timer;
static uv_poll_t *watcher; /* of the descriptor at hand; NULL: none */
static int exit_status;

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

static void go_on(void);

static void on_timer(uv_timer_t *handle) {
    (void)handle;
    go_on();
}

static void on_ready(uv_poll_t *handle, int status, int events) {
    (void)handle;
    (void)status;
    (void)events;
    go_on();
}

static void free_watcher(uv_handle_t *handle) {
    free(handle);
}

/* Before the library may close the descriptor. */
static void stop_watching(void) {
    uv_timer_stop(&timer);
    if (watcher != NULL) {
        uv_poll_stop(watcher);
        uv_close((uv_handle_t *)watcher, free_watcher);
        watcher = NULL;
    }
}

static void start_watching(void) {
    pinetoken_wait wait;
    pinetoken_wanted(client, &wait);
    uv_timer_start(&timer, on_timer, (uint64_t)wait.timeout_ms, 0);
    if (wait.fd >= 0 && (watcher = malloc(sizeof *watcher)) != NULL) {
        uv_poll_init(uv_default_loop(), watcher, wait.fd);
        uv_poll_start(watcher, (wait.read ? UV_READABLE : 0) | (wait.write ? UV_WRITABLE : 0),
                      on_ready);
    }
}

static void go_on(void) {
    pinetoken_token token;
    pinetoken_error error;
    stop_watching();
    switch (pinetoken_step(client)) {
        case PINETOKEN_STEP_WAIT: start_watching(); return;
        case PINETOKEN_STEP_DONE:
            pinetoken_result(client, &token);
            printf("%.*s\n", (int)token.access_token.size, token.access_token.data);
            break;
        case PINETOKEN_STEP_FAILED:
            pinetoken_failure(client, &error);
            print_error(&error);
            exit_status = (int)error.status;
            break;
    }
    uv_close((uv_handle_t *)&timer, NULL);
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_config_init(&config);
    config.client_id = argc > 1 ? argv[1] : "";
    config.secret = give_secret;
    if (argc == 4) {
        config.token_url = argv[2];
        config.ca_file = argv[3];
    }
    client = pinetoken_new(&config, &error);
    if (client == NULL) {
        print_error(&error);
        return (int)error.status;
    }
    uv_timer_init(uv_default_loop(), &timer);
    pinetoken_start(client, 30000);
    go_on();
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    pinetoken_free(client);
    return exit_status;
}
