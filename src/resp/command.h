/* Commands to Redis and Valkey, as arrays of bulk strings: the same in RESP2 and RESP3. */
#ifndef RESP_COMMAND_H
#define RESP_COMMAND_H

#include "base/buffer.h"

/* One command of `count` words, the first its name, to `out`; its overflow. Any byte may be in a
 * word. */
void resp_write_command(struct buffer *out, const span *words, size_t count);

#endif
