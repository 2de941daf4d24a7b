/* Reading and writing to the end, whatever the descriptor does meanwhile: short counts, signals,
 * "would block". */
#ifndef OS_IO_H
#define OS_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IO_NO_DEADLINE INT64_MAX

/* The next bytes, as many as come at once; *size 0: end of file. Waits until `deadline`
 * (clock_monotonic_ms) at most. False: errno says why; ETIMEDOUT: the deadline passed. */
bool io_read_part(int fd, void *data, size_t capacity, int64_t deadline, size_t *size);
/* Reads until end of file, or until `capacity` bytes are read. Waits until `deadline`
 * (clock_monotonic_ms) at most, a regular file aside. False: errno says why; ETIMEDOUT: the
 * deadline passed. */
bool io_read(int fd, void *data, size_t capacity, int64_t deadline, size_t *size);
/* Writes all of it, and waits as long as that takes. False: errno says why. */
bool io_write(int fd, const void *data, size_t size);
/* A line for people: rather lost than waited for if nobody reads it. */
void io_write_line(int fd, const void *data, size_t size);

#endif
