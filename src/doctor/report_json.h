/* An examination for programs; docs/doctor.md describes the members. */
#ifndef DOCTOR_REPORT_JSON_H
#define DOCTOR_REPORT_JSON_H

#include "doctor/report.h"

/* After report_end. False: `out` cannot be written to. */
PINETOKEN_MUST_USE bool report_json_write(const struct report *report, int out);

#endif
