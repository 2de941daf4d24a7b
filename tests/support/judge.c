/* Judges chains of certificates without a connection, as the handshake would:
 * judge ROOTS.pem HOST CHAIN.der... prints a line for each, "ok" or the error. JUDGE_TIME in the
 * environment is the time, in Unix seconds; JUDGE_STAPLE, a file with a CertificateStatus that the
 * server sends with each: then its event comes before "ok". */
#include "base/error.h"
#include "os/hooks.h"
#include "tls/describe.h"
#include "tls/path.h"
#include "tls/staple.h"

#include <mbedtls/asn1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Certificates in DER, one after the other, as the server would send them. */
static int judge_read(const char *name, struct verify *verify, mbedtls_x509_crt *chain) {
    static unsigned char data[8u << 20];
    FILE *file = fopen(name, "rb");
    size_t size = file != NULL ? fread(data, 1, sizeof data, file) : 0;
    unsigned char *at = data;
    int code = size > 0 ? 0 : -1;
    while (code == 0 && at < data + size) {
        unsigned char *content = at;
        size_t length = 0;
        if (mbedtls_asn1_get_tag(&content, data + size, &length,
                                 MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0) {
            exit(2);
        }
        content += length;
        code = path_parse_certificate(verify, chain, at, (size_t)(content - at));
        at = content;
    }
    if (file != NULL) {
        fclose(file);
    }
    return code;
}

/* Only events about the staple. */
static void judge_log(void *user, const pinetoken_event *event) {
    (void)user;
    if (strncmp(event->name, "tls.staple", 10) == 0) {
        printf("%s %.*s: ", event->name, (int)event->text.size, event->text.data);
    }
}

static int judge_staple(struct verify *verify, const mbedtls_x509_crt *leaf) {
    static unsigned char data[65536];
    const char *name = getenv("JUDGE_STAPLE");
    FILE *file = name != NULL ? fopen(name, "rb") : NULL;
    if (file != NULL) {
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        if (staple_take(verify, data, size) != 0) {
            exit(2);
        }
    }
    return staple_check(verify, leaf);
}

static void judge_chain(const struct roots *roots, const char *host, const char *name) {
    const struct log log = {judge_log, NULL, PINETOKEN_LOG_INFO};
    struct verify verify;
    mbedtls_x509_crt chain;
    pinetoken_error error;
    uint32_t flags = 0;
    mbedtls_x509_crt_init(&chain);
    verify_init(&verify, span_text(host), roots, NULL, &log);
    int code = judge_read(name, &verify, &chain);
    if (code != 0) {
        printf("%s\n", describe_unreadable(code));
    } else if (path_verify(&verify, &chain, &flags) == 0 && judge_staple(&verify, &chain) == 0) {
        printf("ok\n");
    } else {
        describe_refusal(&verify, flags, &error);
        printf("%s (%s)\n", error.message, error.advice);
    }
    verify_free(&verify);
    mbedtls_x509_crt_free(&chain);
}

static int64_t judge_time(void *user) {
    return strtoll(user, NULL, 10);
}

int main(int argc, char **argv) {
    const pinetoken_config config = {.now = judge_time, .user = getenv("JUDGE_TIME")};
    struct roots roots;
    pinetoken_error error;
    if (argc < 4 || !roots_load(&roots, PINETOKEN_ROOTS_AUTO, argv[1], NULL, &error)) {
        return 2;
    }
    hooks_use(config.user != NULL ? &config : NULL);
    for (int i = 3; i < argc; i++) {
        judge_chain(&roots, argv[2], argv[i]);
    }
    roots_free(&roots);
    return 0;
}
