/* Milliseconds by one of the kernel's clocks. */
#ifndef OS_MOMENT_H
#define OS_MOMENT_H

#include <stdint.h>
#include <time.h>

int64_t moment_ms(clockid_t clock);

#endif
