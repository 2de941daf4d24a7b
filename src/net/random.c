#include "net/random.h"

#include <errno.h>
#include <sys/random.h>

bool random_is_ready(void) {
    unsigned char byte = 0;
    return getrandom(&byte, 1, GRND_NONBLOCK) == 1 || errno != EAGAIN;
}

bool random_fill(void *out, size_t size) {
    unsigned char *at = out;
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
