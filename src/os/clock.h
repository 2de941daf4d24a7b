/* The clocks of the system. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds by one of the kernel's clocks. */
int64_t clock_ms(clockid_t clock);
/* The monotonic clock, in milliseconds: never set, stands still in a suspend. */
int64_t clock_monotonic_ms(void);
/* A number that is probably different on each system and for each call, for use when there is no
 * randomness. */
uint32_t clock_noise(void);
/* Unix time in seconds, by the caller's clock if it has one. */
int64_t clock_unix(void);

#endif
