#include "os/random.h"

#include "os/hooks.h"

#include <errno.h>
#include <sys/random.h>

bool random_is_ready(void) {
    unsigned char byte = 0;
    if (hooks_random() != NULL) {
        return random_fill(&byte, 1);
    }
    return getrandom(&byte, 1, GRND_NONBLOCK) == 1 || errno != EAGAIN;
}

bool random_fill(void *out, size_t size) {
    const pinetoken_config *caller = hooks_random();
    unsigned char *at = out;
    if (caller != NULL) {
        return caller->random(caller->user, out, size);
    }
    while (size > 0) {
        ssize_t got = getrandom(at, size, GRND_NONBLOCK);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}
