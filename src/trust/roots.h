/* Which roots to trust, and the candidates for a name among them. */
#ifndef TRUST_ROOTS_H
#define TRUST_ROOTS_H

#include "base/limits.h"
#include "trust/bundle.h"

struct roots {
    struct bundle bundle; /* roots of a file; its data is owned */
    const char *origin;   /* the file's name, borrowed, or "built in" */
    bool is_system;       /* in one of the usual places */
    bool is_builtin;
};

/* Only the file `ca_file` if it is not NULL; else what `kind` says, the system's roots being those
 * of `system_ca_file` if that is not NULL. Both names are borrowed until roots_free. TLS: a file
 * that cannot be read or has no certificate. */
PINETOKEN_MUST_USE bool roots_load(struct roots *roots, pinetoken_roots kind, const char *ca_file,
                                   const char *system_ca_file, pinetoken_error *error);

/* The usual places of the system's roots; NULL after the last one. */
const char *roots_system_file(size_t index);

/* The next candidate for the subject `name` (DER), from *cursor on, which starts at 0: a
 * certificate (DER) that is valid until the next call with the same `room`. False: no more. */
bool roots_next(const struct roots *roots, span name, size_t *cursor,
                unsigned char room[LIMIT_CERTIFICATE], span *certificate);

/* All zeros is fine. */
void roots_free(struct roots *roots);

#endif
