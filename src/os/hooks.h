/* The caller's clock and randomness, for the thread that works for it. Mbed TLS asks for both with
 * functions that have no context; each handle is stepped by one thread at a time. */
#ifndef OS_HOOKS_H
#define OS_HOOKS_H

#include "pinetoken.h"

/* For this thread from here on; NULL: no longer. */
void hooks_use(const pinetoken_config *config);
/* The caller's, or the system's. Unix time. */
int64_t hooks_now(void);
/* NULL: the kernel's randomness is used. */
const pinetoken_config *hooks_random(void);

#endif
