#include "client/attempt_state.h"

pinetoken_phase attempt_state_phase(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return PINETOKEN_PHASE_RESOLVE;
        case ATTEMPT_DIAL: return PINETOKEN_PHASE_DIAL;
        case ATTEMPT_PROXY: return PINETOKEN_PHASE_PROXY;
        case ATTEMPT_RANDOM:
        case ATTEMPT_HANDSHAKE: return PINETOKEN_PHASE_HANDSHAKE;
        case ATTEMPT_SEND: return PINETOKEN_PHASE_SEND;
        case ATTEMPT_RECEIVE: return PINETOKEN_PHASE_RECEIVE;
        case ATTEMPT_IDLE:
        case ATTEMPT_CONNECTED:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return PINETOKEN_PHASE_NONE;
}

const char *attempt_state_activity(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return "name resolution of ";
        case ATTEMPT_DIAL: return "the TCP connection to ";
        case ATTEMPT_PROXY: return "waiting for the response of the proxy ";
        case ATTEMPT_RANDOM: return "waiting for the kernel's randomness for ";
        case ATTEMPT_HANDSHAKE: return "the TLS handshake with ";
        case ATTEMPT_SEND: return "sending the request to ";
        case ATTEMPT_RECEIVE: return "waiting for the response of ";
        case ATTEMPT_IDLE:
        case ATTEMPT_CONNECTED:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return "nothing";
}

const char *attempt_state_advice(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return "check /etc/resolv.conf, or give --resolve";
        case ATTEMPT_DIAL: return "check host, port, network and firewall";
        case ATTEMPT_PROXY: return "check host and port of --proxy";
        case ATTEMPT_RANDOM:
            return "the system has just started: give it a larger --timeout, or a source of "
                   "randomness";
        case ATTEMPT_HANDSHAKE: return "check host and port of the URL, or give a larger --timeout";
        case ATTEMPT_SEND:
        case ATTEMPT_RECEIVE: return "give a larger --timeout";
        case ATTEMPT_IDLE:
        case ATTEMPT_CONNECTED:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return "";
}
