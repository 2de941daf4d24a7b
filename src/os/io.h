/* Reading and writing to the end. */
#ifndef OS_IO_H
#define OS_IO_H

#include <stdbool.h>
#include <stddef.h>

/* False: errno says why. Waits where the descriptor would block. */
bool io_write(int fd, const void *data, size_t size);

#endif
