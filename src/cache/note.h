/* What a process whose fetch failed leaves for those that wait for it: its error, as text. */
#ifndef CACHE_NOTE_H
#define CACHE_NOTE_H

#include "base/buffer.h"
#include "cache/entry.h"

#define NOTE_SALT_SIZE 16u
/* "SALT DIGEST STATUS MESSAGE\nADVICE", the first blank and the second left out. */
#define NOTE_MAX \
    (NOTE_SALT_SIZE + ENTRY_KEY_SIZE + PINETOKEN_MESSAGE_CAPACITY + PINETOKEN_ADVICE_CAPACITY + 4u)

/* Whose failure follows: only processes with the same identity (entry_identity) would have failed
 * in the same way. */
void note_write_identity(struct buffer *out, span salt, span identity);
/* False: it is another one's. True: it is cut off the front of *note. */
PINETOKEN_MUST_USE bool note_take_identity(span *note, span identity);

/* Writes nothing unless the others would fail the same way: the issuer's fault or the network's. */
void note_write(struct buffer *out, const pinetoken_error *error);
/* False: it is not as note_write wrote it; *error is as it was. */
PINETOKEN_MUST_USE bool note_read(span note, pinetoken_error *error);

#endif
