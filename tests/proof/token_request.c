/* The complete request, over the contract of the buffer (that has a proof of its own): whatever the
 * sizes of head and body, it lies within the storage, and if one of them does not fit, nothing
 * that was written is left. */
#include "oauth/token_request.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "base/secret.h"
#include "oauth/config.h"
#include "proof.h"

static char secret_bytes[SIZE];
static char storage[LIMIT_REQUEST_HEAD + BODY];
static bool wiped;

void buffer_init(struct buffer *buffer, char *data, size_t capacity) {
    *buffer = (struct buffer){.data = data, .capacity = capacity};
}

/* Writes within the capacity, or nothing any more. */
void buffer_append(struct buffer *buffer, span text) {
    size_t more = text.size;
    if (buffer->overflow || more > buffer->capacity - buffer->size) {
        buffer->overflow = true;
        return;
    }
    assert(buffer->data >= storage && buffer->data + buffer->capacity <= storage + sizeof storage);
    buffer->size += more;
    wiped = wiped && more == 0;
}

span buffer_span(const struct buffer *buffer) {
    return (span){buffer->data, buffer->size};
}

void buffer_append_byte(struct buffer *buffer, char byte) {
    buffer_append(buffer, (span){&byte, 1});
}

void buffer_append_number(struct buffer *buffer, uint64_t number) {
    size_t digits = nondet_size();
    (void)number;
    ASSUME(digits > 0 && digits <= 20);
    buffer_append(buffer, span_cut(SPAN("00000000000000000000"), 0, digits));
}

void secret_wipe(void *data, size_t size) {
    assert(data == storage && size == sizeof storage);
    wiped = true;
}

static bool give_secret(void *user, pinetoken_span *secret) {
    (void)user;
    *secret = (span){secret_bytes, SIZE};
    return nondet_bool();
}

/* A hash is arithmetic that a solver is slow at; it decides about nothing here. */
struct echo echo_of(span secret) {
    assert(secret.size == 0 || __CPROVER_r_ok(secret.data, secret.size));
    return (struct echo){.size = secret.size, .hash = nondet_size()};
}

int main(void) {
    char id[SIZE + 1];
    char version[2] = {nondet_char(), '\0'};
    const struct url url = {.authority = SPAN("h"), .target = SPAN("/")};
    struct buffer room;
    struct token_request request;
    pinetoken_error error;
    choose_bytes(id, SIZE);
    choose_bytes(secret_bytes, SIZE);
    id[SIZE] = '\0';
    const pinetoken_config config = {.size = sizeof(pinetoken_config),
                                     .token_url = "https://h/",
                                     .client_id = id,
                                     .audience = "a",
                                     .api_version = version,
                                     .connect_timeout_ms = 1,
                                     .body = KIND,
                                     .secret = give_secret};
    if (!config_check(&config, &error)) {
        assert(error.status == PINETOKEN_USAGE || error.status == PINETOKEN_CREDENTIALS);
        return 0;
    }
    wiped = true;
    room = (struct buffer){.data = storage, .capacity = sizeof storage};
    if (token_request_write(&config, &url, &room, &request, &error)) {
        assert(lies_within(request.message, (span){storage, sizeof storage}));
    } else {
        assert(error.status == PINETOKEN_USAGE || error.status == PINETOKEN_CREDENTIALS);
        assert(wiped);
    }
    return 0;
}
