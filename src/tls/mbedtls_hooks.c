#include "tls/mbedtls_hooks.h"

#include "base/calendar.h"
#include "os/hooks.h"
#include "os/random.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <time.h>

/* MBEDTLS_PLATFORM_GMTIME_R_ALT, which Mbed TLS uses only to read the current time: that of the
 * caller's clock, without the C library's time zones. */
struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *tt, struct tm *tm_buf) {
    struct calendar calendar;
    (void)tt;
    calendar_from_unix(hooks_now(), &calendar);
    *tm_buf = (struct tm){.tm_year = (int)(calendar.year - 1900),
                          .tm_mon = calendar.month - 1,
                          .tm_mday = calendar.day,
                          .tm_hour = calendar.hour,
                          .tm_min = calendar.minute,
                          .tm_sec = calendar.second};
    return tm_buf;
}

int mbedtls_hooks_random(void *context, unsigned char *out, size_t size) {
    (void)context;
    return random_fill(out, size) ? 0 : MBEDTLS_ERR_SSL_NO_RNG;
}
