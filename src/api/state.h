/* What the monitor and the workers of `api` share: each worker has a copy of its own. */
#ifndef API_STATE_H
#define API_STATE_H

#include "api/page.h"
#include "cli/commands.h"
#include "cli/tries.h"
#include "sandbox/worker.h"

struct api {
    const struct options *options;
    struct console *console;
    const char *text; /* the body of the request, or what is left of it; NULL: it comes from ... */
    int input;        /* ... here; -1: there is none */
    int output;       /* standard output */
    bool is_shared;   /* standard error leads to the same place */
    int64_t length;   /* length of the body; -1: not known */
    bool can_repeat;  /* the body can be sent again */
    bool is_new;      /* the token was fetched just now */
    char token[LIMIT_TOKEN];
    size_t token_size;
    struct tries tries;                        /* of one page */
    bool has_elements;                         /* the array so far */
    char next[sizeof((struct page *)0)->next]; /* token of the page to call; "": the first page */
    struct worker_result result;
};

/* The token of a cache may have been revoked: a 401 is then not a response to print. Once something
 * was printed, it is. */
static inline bool api_refuses_unauthorized(const struct api *api) {
    return !api->is_new && api->can_repeat && api->next[0] == '\0';
}

/* USAGE: the URL, the method or a header field is not valid. Before a token is fetched for it. */
PINETOKEN_MUST_USE bool api_check(const struct api *api, pinetoken_error *error);
/* In a worker: calls one page and prints it. If another one follows, result->token says how it goes
 * on: '1' if the array has elements by now, else '0', and the page's token. */
void api_work(void *user, struct worker_result *result);

#endif
