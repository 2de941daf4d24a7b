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

const char *alert_advice(int number) {
    switch (number) {
        case 40:
            return "server and client share no version, suite or group: check the host and port of "
                   "--token-url";
        case 42:
        case 43:
        case 44:
        case 45:
        case 46:
        case 116:
            return "the server wants a client certificate, which pinetoken does not have: check "
                   "--token-url";
        case 48: return "the server does not trust a client certificate: check --token-url";
        case 70: return "the server speaks neither TLS 1.2 nor TLS 1.3: it must be updated";
        case 71:
            return "the server demands stronger algorithms than both sides have: it must be "
                   "configured anew";
        case 80: return "a fault of the server: try again later";
        case 112: return "the server does not know this host name: check --token-url and --resolve";
        case 120:
            return "the server does not speak HTTP/1.1 here: check the host and port of "
                   "--token-url";
        default: return "";
    }
}
