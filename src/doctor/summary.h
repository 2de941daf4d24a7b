/* The facts of a step that matter, in a few words: "TLSv1.3, P-256, valid until ...". */
#ifndef DOCTOR_SUMMARY_H
#define DOCTOR_SUMMARY_H

#include "base/buffer.h"
#include "doctor/report.h"

void summary_append(struct buffer *out, const struct report *report, size_t visit);

#endif
