/* The clocks of the system. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds by one of the kernel's clocks. */
int64_t clock_ms(clockid_t clock);
/* Milliseconds since some time; never goes back. */
int64_t clock_monotonic_ms(void);
/* Something that two machines, or two moments, hardly share. */
uint32_t clock_noise(void);
/* Seconds since 1970, as far as the machine knows. */
int64_t clock_unix(void);

#endif
