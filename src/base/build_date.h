/* When the source that this was built from was of: the same for every build of it. */
#ifndef BASE_BUILD_DATE_H
#define BASE_BUILD_DATE_H

#include <stdint.h>

/* Unix time; generated (mk/variants.mk). A clock that is older has not been set. */
extern const int64_t build_date;
extern const char build_day[]; /* the same as YYYY-MM-DD */

#endif
