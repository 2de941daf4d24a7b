/* Many fetches at once in one thread, with epoll(7); prints how many tokens came.
 *   epoll COUNT CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
 *   cc epoll.c $(pkg-config --cflags --libs pinetoken) */
#include <pinetoken.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

struct fetch {
    pinetoken *client;
    int fd; /* in the epoll set; -1: none */
    int64_t due;
    bool is_over;
};

static int epoll;

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

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Between two steps the library may close a descriptor, which leaves the set by itself, and open
 * another one of the same number: whatever is there is added, else changed. */
static void watch(struct fetch *fetch) {
    pinetoken_wait wait;
    pinetoken_wanted(fetch->client, &wait);
    fetch->due = now_ms() + wait.timeout_ms;
    struct epoll_event event = {.events = (wait.read ? EPOLLIN : 0u) |
                                          (wait.write ? EPOLLOUT : 0u) | EPOLLONESHOT,
                                .data.ptr = fetch};
    if (fetch->fd >= 0 && fetch->fd != wait.fd) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fetch->fd, NULL);
    }
    fetch->fd = wait.fd;
    if (wait.fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_MOD, wait.fd, &event) != 0) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, wait.fd, &event);
    }
}

/* Returns whether a token came. */
static bool step(struct fetch *fetch) {
    pinetoken_error error;
    pinetoken_progress progress = pinetoken_step(fetch->client);
    if (progress == PINETOKEN_STEP_WAIT) {
        watch(fetch);
        return false;
    }
    fetch->is_over = true;
    if (progress == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(fetch->client, &error);
        print_error(&error);
    }
    pinetoken_free(fetch->client);
    fetch->client = NULL;
    return progress == PINETOKEN_STEP_DONE;
}

static int timeout_of(const struct fetch *fetches, int count) {
    int64_t due = INT64_MAX;
    for (int i = 0; i < count; i++) {
        due = !fetches[i].is_over && fetches[i].due < due ? fetches[i].due : due;
    }
    int64_t left = due - now_ms();
    return left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    int left = count;
    int tokens = 0;
    struct epoll_event events[64];
    pinetoken_config config;
    pinetoken_error error;
    struct fetch *fetches = calloc((size_t)count, sizeof *fetches);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    pinetoken_config_init(&config);
    config.client_id = argc > 2 ? argv[2] : "";
    config.secret = give_secret;
    config.connect_timeout_ms = 120000;
    if (argc == 5) {
        config.token_url = argv[3];
        config.ca_file = argv[4];
    }
    for (int i = 0; fetches != NULL && i < count; i++) {
        fetches[i] = (struct fetch){.client = pinetoken_new(&config, &error), .fd = -1};
        if (fetches[i].client == NULL) {
            print_error(&error);
            return (int)error.status;
        }
        pinetoken_start(fetches[i].client, 120000);
    }
    while (left > 0 && fetches != NULL) {
        /* Step those whose time is up, at first all of them. */
        int64_t now = now_ms();
        for (int i = 0; i < count; i++) {
            if (!fetches[i].is_over && fetches[i].due <= now) {
                tokens += step(&fetches[i]);
                left -= fetches[i].is_over;
            }
        }
        int ready = left > 0 ? epoll_wait(epoll, events, 64, timeout_of(fetches, count)) : 0;
        for (int i = 0; i < ready; i++) {
            struct fetch *fetch = events[i].data.ptr;
            if (!fetch->is_over) {
                tokens += step(fetch);
                left -= fetch->is_over;
            }
        }
    }
    printf("%d\n", tokens);
    free(fetches);
    return tokens == count ? 0 : 1;
}
