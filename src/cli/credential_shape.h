/* What is wrong with a client ID or secret, as far as its bytes show it. The findings name what is
 * odd without a byte of the credential itself. */
#ifndef CLI_CREDENTIAL_SHAPE_H
#define CLI_CREDENTIAL_SHAPE_H

#include "base/span.h"

struct shape_finding {
    const char *fault;           /* after "client secret: "; static; NULL: nothing is wrong */
    const char *advice;          /* static */
    const char *variable_advice; /* in its place if it came from a variable; NULL: the same */
};

/* Without one final line end, LF or CRLF. */
span shape_without_line_end(span text);
/* What no issuer would accept: these are refused. `variable` names the environment's. */
struct shape_finding shape_fault(span text, const char *variable);
/* What an issuer could accept, but hardly ever does. */
struct shape_finding shape_oddity(span text);

#endif
