/* Bytes that must not outlive their use. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

/* Overwrites with zeros in a way that no compiler drops. */
void secret_wipe(void *data, size_t size);

#endif
