/* Commands to Redis and Valkey, as arrays of bulk strings: the same in RESP2 and RESP3. */
#ifndef RESP_COMMAND_H
#define RESP_COMMAND_H

#include "base/buffer.h"

/* Commands as "GET %a\nSET %a %b NX" has them, to `out`; its overflow. Words are one blank apart,
 * commands one LF; the word %a is values[0], whatever bytes it has, and so on. */
void resp_write_commands(struct buffer *out, const char *text, const span *values);

#endif
