/* The command `doctor`. */
#ifndef DOCTOR_EXAMINE_H
#define DOCTOR_EXAMINE_H

#include "cli/commands.h"

/* False too where it found what is wrong. */
PINETOKEN_MUST_USE bool cmd_doctor(struct invocation *invocation, pinetoken_error *error);

#endif
