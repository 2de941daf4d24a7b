/* The states of an attempt, in words. */
#ifndef CLIENT_ATTEMPT_STATE_H
#define CLIENT_ATTEMPT_STATE_H

#include "pinetoken.h"

enum attempt_state {
    ATTEMPT_IDLE,
    ATTEMPT_RESOLVE,
    ATTEMPT_DIAL,
    ATTEMPT_RANDOM, /* until the kernel has enough of it for a handshake */
    ATTEMPT_PROXY,
    ATTEMPT_HANDSHAKE,
    ATTEMPT_CONNECTED, /* without a transaction: the connection is whoever's started it */
    ATTEMPT_SEND,
    ATTEMPT_RECEIVE,
    ATTEMPT_DONE,
    ATTEMPT_FAILED
};

/* PINETOKEN_PHASE_NONE: nothing is left to do. */
pinetoken_phase attempt_state_phase(enum attempt_state state);
/* What the time ran out in, before the name of the peer, and what to do about it. */
const char *attempt_state_activity(enum attempt_state state);
const char *attempt_state_advice(enum attempt_state state);

#endif
