/* The kernel's randomness, or the caller's (pinetoken_config.random). By getrandom(2); if that does
 * not exist, or is denied by the sandbox of a container, by /dev/urandom, once /dev/random shows
 * that the kernel has enough of it. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include "pinetoken.h"

/* Whether random_fill has something: the kernel has none yet at the start of a system without a
 * source of it. */
bool random_is_ready(void);
/* False: there is none. It never waits. */
PINETOKEN_MUST_USE bool random_fill(void *out, size_t size);
/* Whether the two files of /dev are used. */
bool random_needs_device(void);
/* From here on no file can be opened: what is needed stays open until the end of the process. */
void random_keep_device(void);
/* From the kernel, so that systems that lost power together do not retry together. If it is not
 * ready yet, the clock in nanoseconds is better than nothing. */
uint32_t random_number(void);
/* Digits in hexadecimal, without a NUL. False: as random_fill. */
PINETOKEN_MUST_USE bool random_fill_hex(char *out, size_t size);

#endif
