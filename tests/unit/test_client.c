/* The public client, without an issuer: what it refuses, and that its deadline holds. */
#include "base/limits.h"

#include "support/test.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool give_secret(void *user, pinetoken_span *secret) {
    *secret = span_text(user);
    return true;
}

static bool give_nothing(void *user, pinetoken_span *secret) {
    (void)user;
    (void)secret;
    return false;
}

static char secret_text[] = "secret";

static pinetoken_config make_config(void) {
    pinetoken_config config;
    pinetoken_config_init(&config);
    config.client_id = "id";
    config.secret = give_secret;
    config.user = secret_text;
    return config;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_configuration_is_checked(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    config.client_id = "";
    assert_null(pinetoken_new(&config, &error));
    assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
    config = make_config();
    config.token_url = "http://h/";
    assert_null(pinetoken_new(&config, &error));
    assert_int_equal(error.status, PINETOKEN_USAGE);
}

/* All text may go once the client is made. */
static void test_configuration_is_copied(void **state) {
    (void)state;
    char url[] = "https://127.0.0.1:1/x";
    char id[] = "id";
    char header[] = "X-Test: 1";
    char ca_file[] = "/nonexistent";
    const char *headers[] = {header, NULL};
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    pinetoken_token token;
    config.token_url = url;
    config.client_id = id;
    config.headers = headers;
    config.ca_file = ca_file;
    pinetoken *client = pinetoken_new(&config, &error);
    assert_non_null(client);
    memset(url, 0, sizeof url);
    memset(id, 0, sizeof id);
    memset(header, 0, sizeof header);
    memset(ca_file, 0, sizeof ca_file);
    headers[0] = NULL;
    /* Nothing listens on port 1 of loopback. */
    assert_int_equal(pinetoken_fetch(client, 60000, &token, &error), PINETOKEN_NETWORK);
    assert_int_equal(error.phase, PINETOKEN_PHASE_DIAL);
    assert_message(error, "127.0.0.1");
    /* A handle that failed serves again. */
    assert_int_equal(pinetoken_fetch(client, 60000, &token, &error), PINETOKEN_NETWORK);
    pinetoken_free(client);
    pinetoken_free(NULL);
}

static void test_no_secret(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    pinetoken_token token;
    config.secret = give_nothing;
    pinetoken *client = pinetoken_new(&config, &error);
    assert_non_null(client);
    assert_int_equal(pinetoken_fetch(client, 1000, &token, &error), PINETOKEN_CREDENTIALS);
    pinetoken_free(client);
}

/* A client without credentials makes calls; a fetch needs them. */
static void test_no_client_id(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    pinetoken_token token;
    config.client_id = NULL;
    pinetoken *client = pinetoken_new(&config, &error);
    assert_non_null(client);
    assert_int_equal(pinetoken_fetch(client, 1000, &token, &error), PINETOKEN_CREDENTIALS);
    assert_message(error, "client ID: missing");
    pinetoken_free(client);
}

static void test_refused_calls(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    pinetoken_response response = {.http_status = 7};
    pinetoken_call call;
    pinetoken *client = pinetoken_new(&config, &error);
    assert_non_null(client);
    pinetoken_call_init(&call);
    assert_string_equal(call.method, "GET");
    assert_int_equal(pinetoken_make_call(client, &call, 1000, &response, &error), PINETOKEN_USAGE);
    assert_advice(error, "pinetoken_call_init");
    call.url = "http://h/";
    assert_int_equal(pinetoken_make_call(client, &call, 1000, &response, &error), PINETOKEN_USAGE);
    assert_message(error, "URL");
    call.url = "https://127.0.0.1:1/";
    call.method = "G T";
    assert_int_equal(pinetoken_make_call(client, &call, 1000, &response, &error), PINETOKEN_USAGE);
    assert_message(error, "method");
    call.method = "GET";
    call.size = sizeof call - 8;
    assert_int_equal(pinetoken_make_call(client, &call, 1000, &response, &error), PINETOKEN_USAGE);
    assert_advice(error, "pinetoken_call_init");
    /* A failed call leaves its outputs alone. */
    assert_int_equal(response.http_status, 7);
    /* A valid one gets as far as the network, and the client can be used again. Nothing
     * listens on port 1 of loopback. */
    call.size = sizeof call;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pinetoken_make_call(client, &call, 60000, &response, &error),
                         PINETOKEN_NETWORK);
        assert_int_equal(error.phase, PINETOKEN_PHASE_DIAL);
    }
    pinetoken_call_result(client, &response);
    assert_int_equal(response.http_status, 0);
    pinetoken_free(client);
}

static void test_states_without_a_fetch(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    pinetoken_token token;
    pinetoken_wait wait;
    pinetoken *client = pinetoken_new(&config, &error);
    assert_non_null(client);
    assert_int_equal(pinetoken_step(client), PINETOKEN_STEP_FAILED);
    pinetoken_failure(client, &error);
    assert_int_equal(error.status, PINETOKEN_INTERNAL);
    pinetoken_wanted(client, &wait);
    assert_int_equal(wait.fd, -1);
    assert_int_equal(wait.timeout_ms, 0);
    pinetoken_result(client, &token);
    assert_int_equal(token.access_token.size, 0);
    pinetoken_free(client);
}

/* On loopback, and a client of it. */
static int listen_for(pinetoken **client) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    char url[64];
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", ntohs(address.sin_port));
    config.token_url = url;
    config.roots = PINETOKEN_ROOTS_BUILTIN;
    *client = pinetoken_new(&config, &error);
    assert_non_null(*client);
    return listener;
}

/* What a step reads, in bytes and in calls. */
static size_t received_bytes, received_calls;

/* In place of the C library's. */
ssize_t recv(int fd, void *data, size_t size, int flags) {
    ssize_t got = recvfrom(fd, data, size, flags, NULL, NULL);
    received_bytes += got > 0 ? (size_t)got : 0;
    received_calls++;
    return got;
}

/* Accepts one connection and sends `record` over and over, until nobody reads any more. */
static pid_t start_flood(int listener, const unsigned char *record, size_t size) {
    pid_t pid = fork();
    if (pid == 0) {
        static unsigned char data[65536];
        size_t count = sizeof data / size;
        int fd = accept(listener, NULL, NULL);
        for (size_t i = 0; i < count; i++) {
            memcpy(data + i * size, record, size);
        }
        while (send(fd, data, count * size, MSG_NOSIGNAL) > 0) {
        }
        _exit(0);
    }
    return pid;
}

/* A peer that never comes to an end: a step does, and asks for the next one at once. */
static void test_step_is_bounded(void **state) {
    static const unsigned char alert[] = {21, 3, 3, 0, 2, 1, 112};
    static const unsigned char change_cipher_spec[] = {20, 3, 3, 0, 1, 1};
    static const struct {
        const unsigned char *bytes;
        size_t size;
    } records[] = {{alert, sizeof alert}, {change_cipher_spec, sizeof change_cipher_spec}};
    (void)state;
    for (size_t i = 0; i < COUNT(records); i++) {
        pinetoken *client = NULL;
        pinetoken_wait wait;
        int listener = listen_for(&client);
        pid_t pid = start_flood(listener, records[i].bytes, records[i].size);
        assert_true(pid > 0);
        pinetoken_start(client, 60000);
        for (int full = 0; full < 20;) {
            received_bytes = received_calls = 0;
            assert_int_equal(pinetoken_step(client), PINETOKEN_STEP_WAIT);
            assert_true(received_bytes <= LIMIT_STEP_BYTES + 16384);
            assert_true(received_calls <= LIMIT_STEP_BYTES / LIMIT_STEP_TRANSFER + 1);
            pinetoken_wanted(client, &wait);
            bool is_full = received_calls >= LIMIT_STEP_BYTES / LIMIT_STEP_TRANSFER - 1;
            assert_true(!is_full || (wait.read && wait.timeout_ms == 0));
            full += is_full ? 1 : 0;
        }
        pinetoken_free(client);
        close(listener);
        waitpid(pid, NULL, 0);
    }
}

/* A peer that accepts the connection and sends nothing. */
static void test_deadline_holds(void **state) {
    (void)state;
    pinetoken_error error = {0};
    pinetoken_token token;
    pinetoken *client = NULL;
    int listener = listen_for(&client);
    int64_t start = now_ms();
    assert_int_equal(pinetoken_fetch(client, 200, &token, &error), PINETOKEN_TIMEOUT);
    assert_true(now_ms() - start >= 200);
    assert_int_equal(error.phase, PINETOKEN_PHASE_HANDSHAKE);
    assert_message(error, "TLS handshake");
    /* The same by hand: what is waited for, then a start that drops it. */
    pinetoken_start(client, 60000);
    assert_int_equal(pinetoken_step(client), PINETOKEN_STEP_WAIT);
    pinetoken_wait wait;
    pinetoken_wanted(client, &wait);
    assert_true(wait.fd >= 0 && (wait.read || wait.write));
    assert_true(wait.timeout_ms > 0 && wait.timeout_ms <= 60000);
    pinetoken_start(client, 0);
    assert_int_equal(pinetoken_step(client), PINETOKEN_STEP_FAILED);
    pinetoken_failure(client, &error);
    assert_int_equal(error.status, PINETOKEN_TIMEOUT);
    pinetoken_free(client);
    close(listener);
}

static void test_build_info(void **state) {
    (void)state;
    pinetoken_build build;
    pinetoken_build_info(&build);
    assert_string_equal(build.version, PINETOKEN_VERSION);
    assert_memory_equal(build.mbedtls_version, "3.6.", 4);
    assert_true(strncmp(build.curves_source, "AWS-LC ", 7) == 0 ||
                strcmp(build.curves_source, "Mbed TLS") == 0);
    assert_true(build.roots_count > 100);
    assert_int_equal(strlen(build.date), 10);
    assert_memory_equal(build.date, "20", 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration_is_checked),
        cmocka_unit_test(test_configuration_is_copied),
        cmocka_unit_test(test_no_secret),
        cmocka_unit_test(test_no_client_id),
        cmocka_unit_test(test_refused_calls),
        cmocka_unit_test(test_states_without_a_fetch),
        cmocka_unit_test(test_deadline_holds),
        cmocka_unit_test(test_step_is_bounded),
        cmocka_unit_test(test_build_info),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
