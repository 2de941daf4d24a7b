/* What a process that fetched in vain leaves to those that wait for it: its error, as text. */
#ifndef CACHE_NOTE_H
#define CACHE_NOTE_H

#include "base/buffer.h"

/* "STATUS MESSAGE\nADVICE", the status in two digits. */
#define NOTE_MAX (PINETOKEN_MESSAGE_CAPACITY + PINETOKEN_ADVICE_CAPACITY + 4u)

/* Writes nothing unless the others would fail the same way: the issuer's fault or the network's. */
void note_write(struct buffer *out, const pinetoken_error *error);
/* False: it is not as note_write wrote it; *error is as it was. */
PINETOKEN_MUST_USE bool note_read(span note, pinetoken_error *error);

#endif
