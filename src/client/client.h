/* What the command needs to know of a client beyond the public header. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "sandbox/sandbox.h"

/* What a fetch with `client` opens and connects to. The paths are borrowed from it. */
void client_requirements(const pinetoken *client, struct requirements *requirements);
/* The same of a call of `url`. USAGE. */
PINETOKEN_MUST_USE bool client_call_requirements(const pinetoken *client, const char *url,
                                                 struct requirements *requirements,
                                                 pinetoken_error *error);

/* What a connection with these values requires; the port is left out. */
void client_list_files(const pinetoken_config *values, struct requirements *requirements);

/* Borrowed from the client. */
const pinetoken_config *client_config(const pinetoken *client);
/* Called when a connection is established and the roots are read: from then on no other one is made
 * in this try, no file is opened, and not a byte of TLS was read yet. It gets the configuration's
 * user. */
void client_on_connected(pinetoken *client, void (*connected)(void *user));

#endif
