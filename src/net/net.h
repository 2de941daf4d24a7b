/* What every part of the network floor gives back. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/span.h"

enum net_progress {
    NET_DONE,
    NET_WANT_READ, /* call again when the descriptor can be read */
    NET_WANT_WRITE,
    NET_WANT_TIME, /* there is no descriptor: call again after a moment */
    NET_FAILED
};

#endif
