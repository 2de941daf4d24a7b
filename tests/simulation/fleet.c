/* What an issuer sees when many devices come back at once: the real retry policy (client/retry.c)
 * against a simulated queue. Prints one line per tenth of a second: with jitter, without it, and
 * with jitter and a shared cache, requests that came and devices that got a token. fleet DEVICES
 * ISSUER_PER_SECOND SECONDS The issuer answers so many requests each tenth of a second, and all
 * others of it with 503. */
#include "base/backoff.h"
#include "base/error.h"
#include "client/retry.h"
#include "client/shared.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define STEP_MS 100
#define NEVER INT64_MAX
/* A fetch with a shared cache. */
#define FETCH_MS 500

struct device {
    int64_t next_ms; /* when it asks; NEVER: it has its token, or gave up */
    unsigned tries;
};

/* xorshift32: the same figures on every host. */
static uint32_t any_number(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* What a device does after its 503. A fixed wait is the longest one: what exponential back-off is
 * without jitter. */
static int64_t next_try(const struct device *device, int64_t now, bool has_jitter,
                        uint32_t *state) {
    pinetoken_error error;
    int64_t wait = 0;
    const struct retry retry = {device->tries, 99, NEVER,
                                has_jitter ? any_number(state) : UINT32_MAX};
    error_clear(&error);
    error.transient = true;
    return retry_decide(&retry, &error, &wait) == RETRY_AGAIN ? now + wait : NEVER;
}

struct load {
    unsigned requests;
    unsigned tokens;
};

static struct load step(struct device *devices, size_t count, int64_t now, unsigned capacity,
                        bool has_jitter, uint32_t *state) {
    struct load load = {0, 0};
    /* It starts at another device each time: none is always last. */
    size_t start = any_number(state) % count;
    for (size_t i = 0; i < count; i++) {
        struct device *device = &devices[(start + i) % count];
        if (device->next_ms >= now + STEP_MS) {
            continue;
        }
        load.requests++;
        if (load.tokens < capacity) {
            load.tokens++;
            device->next_ms = NEVER;
        } else {
            device->next_ms = next_try(device, now, has_jitter, state);
            device->tries++;
        }
    }
    return load;
}

/* With a shared cache: the first to come has the lock and asks the issuer, which takes FETCH_MS;
 * the others look whether there is a token. */
static struct load step_shared(struct device *devices, size_t count, int64_t now, uint32_t *state) {
    static const struct backoff looks = {SHARED_LOOK_FIRST_MS, SHARED_LOOK_MAX_MS};
    struct load load = {.requests = now == 0 ? 1 : 0};
    for (size_t i = 0; i < count; i++) {
        struct device *device = &devices[i];
        while (device->next_ms < now + STEP_MS && device->next_ms < FETCH_MS) {
            int64_t longest = backoff_longest(&looks, device->tries++);
            device->next_ms += longest / 2 + backoff_part(longest / 2, any_number(state));
        }
        if (device->next_ms < now + STEP_MS) {
            load.tokens++;
            device->next_ms = NEVER;
        }
    }
    return load;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        (void)fprintf(stderr, "usage: fleet DEVICES ISSUER_PER_SECOND SECONDS\n");
        return 2;
    }
    size_t count = strtoul(argv[1], NULL, 10);
    unsigned capacity = (unsigned)strtoul(argv[2], NULL, 10) * STEP_MS / 1000;
    int64_t end = strtoll(argv[3], NULL, 10) * 1000;
    struct device *devices[3] = {calloc(count, sizeof **devices), calloc(count, sizeof **devices),
                                 calloc(count, sizeof **devices)};
    uint32_t states[3] = {2463534242u, 2463534242u, 2463534242u};
    if (devices[0] == NULL || devices[1] == NULL || devices[2] == NULL || count == 0 ||
        capacity == 0) {
        return 1;
    }
    (void)printf("ms jitter_requests jitter_tokens fixed_requests fixed_tokens shared_requests "
                 "shared_tokens\n");
    for (int64_t now = 0; now < end; now += STEP_MS) {
        struct load jitter = step(devices[0], count, now, capacity, true, &states[0]);
        struct load fixed = step(devices[1], count, now, capacity, false, &states[1]);
        struct load shared = step_shared(devices[2], count, now, &states[2]);
        (void)printf("%" PRId64 " %u %u %u %u %u %u\n", now, jitter.requests, jitter.tokens,
                     fixed.requests, fixed.tokens, shared.requests, shared.tokens);
    }
    free(devices[0]);
    free(devices[1]);
    free(devices[2]);
    return 0;
}
