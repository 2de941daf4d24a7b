#include "tls/alert.h"

#include <string.h>

/* Each one's number as a byte, then its name: pointers in a table would cost more than the names.
 */
static const char alerts[] = "\000"
                             "close_notify\0"
                             "\012"
                             "unexpected_message\0"
                             "\024"
                             "bad_record_mac\0"
                             "\026"
                             "record_overflow\0"
                             "\050"
                             "handshake_failure\0"
                             "\052"
                             "bad_certificate\0"
                             "\053"
                             "unsupported_certificate\0"
                             "\054"
                             "certificate_revoked\0"
                             "\055"
                             "certificate_expired\0"
                             "\056"
                             "certificate_unknown\0"
                             "\057"
                             "illegal_parameter\0"
                             "\060"
                             "unknown_ca\0"
                             "\061"
                             "access_denied\0"
                             "\062"
                             "decode_error\0"
                             "\063"
                             "decrypt_error\0"
                             "\106"
                             "protocol_version\0"
                             "\107"
                             "insufficient_security\0"
                             "\120"
                             "internal_error\0"
                             "\126"
                             "inappropriate_fallback\0"
                             "\132"
                             "user_canceled\0"
                             "\144"
                             "no_renegotiation\0"
                             "\155"
                             "missing_extension\0"
                             "\156"
                             "unsupported_extension\0"
                             "\160"
                             "unrecognized_name\0"
                             "\161"
                             "bad_certificate_status_response\0"
                             "\163"
                             "unknown_psk_identity\0"
                             "\164"
                             "certificate_required\0"
                             "\170"
                             "no_application_protocol\0";

const char *alert_name(int number) {
    const char *at = alerts;
    while (at < alerts + sizeof alerts - 1) {
        const char *name = at + 1;
        if ((unsigned char)*at == number) {
            return name;
        }
        at = name + strlen(name) + 1;
    }
    return "unknown";
}
