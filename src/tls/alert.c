#include "tls/alert.h"

#include <string.h>

/* Indexes of `advices`, as the characters that stand for them in `alerts`. */
#define NONE "0"
#define ENDPOINT "1"
#define CLIENT "2"
#define VERSION "3"
#define NAME "4"
#define PROTOCOL "5"
#define SERVER "6"
#define PATH "7"
#define DENIED "8"

/* Each alert: its number as a byte, its advice, its name. Pointers in a table would take more room
 * than the names. */
static const char alerts[] = "\000" NONE "close_notify\0"
                             "\012" PATH "unexpected_message\0"
                             "\024" PATH "bad_record_mac\0"
                             "\026" PATH "record_overflow\0"
                             "\050" ENDPOINT "handshake_failure\0"
                             "\052" CLIENT "bad_certificate\0"
                             "\053" CLIENT "unsupported_certificate\0"
                             "\054" CLIENT "certificate_revoked\0"
                             "\055" CLIENT "certificate_expired\0"
                             "\056" CLIENT "certificate_unknown\0"
                             "\057" PATH "illegal_parameter\0"
                             "\060" CLIENT "unknown_ca\0"
                             "\061" DENIED "access_denied\0"
                             "\062" PATH "decode_error\0"
                             "\063" PATH "decrypt_error\0"
                             "\106" VERSION "protocol_version\0"
                             "\107" ENDPOINT "insufficient_security\0"
                             "\120" SERVER "internal_error\0"
                             "\126" NONE "inappropriate_fallback\0"
                             "\132" NONE "user_canceled\0"
                             "\144" NONE "no_renegotiation\0"
                             "\155" PATH "missing_extension\0"
                             "\156" PATH "unsupported_extension\0"
                             "\160" NAME "unrecognized_name\0"
                             "\161" NONE "bad_certificate_status_response\0"
                             "\163" NONE "unknown_psk_identity\0"
                             "\164" CLIENT "certificate_required\0"
                             "\170" PROTOCOL "no_application_protocol\0";

/* In the order of the indexes. A server's alerts about certificates are about the client's, which
 * pinetoken does not have; handshake_failure is also what many servers send for an unknown name. */
static const char advices[] =
    "\0"
    "check the host and port in --token-url; if they are right, the server has no certificate for "
    "this name, or it offers only cipher suites and curves that are too old\0"
    "the server asks for a client certificate, which pinetoken cannot send: give another endpoint "
    "in --token-url\0"
    "it offers only TLS versions that are too old: the server must support one that pinetoken "
    "--version lists\0"
    "check the host in --token-url, and --resolve: the server does not know this name\0"
    "check the host and port in --token-url: the server does not speak HTTP/1.1 there\0"
    "retry later: the server has a fault\0"
    "check --proxy and the network: something between here and the server may change TLS\0"
    "ask the server's administrator: it does not let this client in\0";

/* The entry of `number`, at its advice; NULL: none. */
static const char *alert_find(int number) {
    const char *at = alerts;
    while (at < alerts + sizeof alerts - 1) {
        if ((unsigned char)at[0] == number) {
            return at + 1;
        }
        at += 2 + strlen(at + 2) + 1;
    }
    return NULL;
}

const char *alert_name(int number) {
    const char *entry = alert_find(number);
    return entry != NULL ? entry + 1 : "unknown";
}

const char *alert_advice(int number) {
    const char *entry = alert_find(number);
    const char *at = advices;
    for (char index = '0'; entry != NULL && index < entry[0]; index++) {
        at += strlen(at) + 1;
    }
    return at;
}
