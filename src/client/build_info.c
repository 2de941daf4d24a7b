#include "base/build_date.h"
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
        .curves_source = CURVES_SOURCE,
    };
}
