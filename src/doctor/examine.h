/* The command `doctor`. */
#ifndef DOCTOR_EXAMINE_H
#define DOCTOR_EXAMINE_H

#include "cli/commands.h"

/* False also if a step has failed. */
PINETOKEN_MUST_USE bool cmd_doctor(struct invocation *invocation, pinetoken_error *error);

#endif
