#include "base/build_date.h"
#include "base/calendar.h"
#include "base/limits.h"
#include "tls/tls.h"
#include "trust/builtin.h"

void pinetoken_build_info(pinetoken_build *build) {
    *build = (pinetoken_build){
        .version = PINETOKEN_VERSION,
        .mbedtls_version = tls_library_version,
        .tls_versions = tls_versions,
        .roots_date = builtin_roots_date,
        .roots_count = builtin_roots_count,
        .date = build_day,
    };
}

_Static_assert(PINETOKEN_TIME_SIZE == CALENDAR_TEXT, "one notation");

void pinetoken_write_time(int64_t seconds, char out[PINETOKEN_TIME_SIZE]) {
    const int64_t first = -INT64_C(62167219200);
    const int64_t last = LIMIT_MOMENT;
    struct calendar calendar;
    calendar_from_unix(seconds < first ? first : seconds > last ? last : seconds, &calendar);
    calendar_write(&calendar, out);
}
