/* The contract of ip_parse: any text may be an address of either kind, or none. */
#ifndef PROOF_IP_CONTRACT_H
#define PROOF_IP_CONTRACT_H

#include "base/ip.h"

bool ip_parse(span host, unsigned char out[16], size_t *size) {
    (void)host;
    (void)out;
    *size = nondet_bool() ? 4 : 16;
    return nondet_bool();
}

#endif
