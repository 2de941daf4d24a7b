/* What the command needs to know of a client beyond the public header. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "sandbox/sandbox.h"

/* What a fetch by `client` opens and connects to. The paths are borrowed from it. */
void client_requirements(const pinetoken *client, struct requirements *requirements);

#endif
