#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"

#define HELP_MAX 8192

static const char introduction[] =
    "pinetoken turns a Pinecone service account's client id and secret into an access token.\n"
    "\n"
    "Usage:\n"
    "  pinetoken [token] [OPTIONS]                print a token\n"
    "  pinetoken exec [OPTIONS] -- CMD [ARG...]   run CMD with PINECONE_ACCESS_TOKEN set\n"
    "  pinetoken agent --out FILE [OPTIONS]       keep FILE holding a fresh token\n"
    "  pinetoken api METHOD PATH [OPTIONS]        call the Admin API with the token\n"
    "  pinetoken doctor [OPTIONS]                 go through a fetch, say what fails and why\n"
    "  pinetoken forget                           drop the kept token\n"
    "  pinetoken help                             this help\n"
    "\n"
    "Client id and secret, each from the first of these that is there:\n"
    "  --client-id, --client-id-file, --client-secret-file\n"
    "  PINECONE_CLIENT_ID, PINECONE_CLIENT_SECRET\n"
    "  PINECONE_CLIENT_ID_FILE, PINECONE_CLIENT_SECRET_FILE\n"
    "  $CREDENTIALS_DIRECTORY/pinecone-client-id, .../pinecone-client-secret\n"
    "\n"
    "Options:\n";

static const char conclusion[] =
    "\n"
    "A token is kept in PINETOKEN_CACHE, else in pinetoken/ below XDG_RUNTIME_DIR, XDG_CACHE_HOME "
    "or\n"
    "~/.cache, for all processes that ask for the same; where none of these is set, nowhere.\n"
    "SSL_CERT_FILE names the system's roots where they are not in the usual places. HTTPS_PROXY "
    "or\n"
    "ALL_PROXY name a proxy, NO_PROXY the hosts that are reached without it, by curl's rules.\n"
    "\n"
    "Exit status: 0 ok, 1 internal, 2 usage, 3 credentials, 4 rejected, 5 network, 6 tls,\n"
    "7 clock, 8 protocol, 9 local, 10 throttled, 11 timeout, 12 unavailable; exec: CMD's own, 126\n"
    "where it cannot be run, 127 where it is not there; api: 22 where the answer is no 2xx\n";

static void append_row(struct text *out, const struct option_row *row) {
    size_t start = out->size;
    text_append(out, "  ");
    text_append(out, row->name);
    text_append(out, option_argument(row)[0] != '\0' ? " " : "");
    text_append(out, option_argument(row));
    text_pad(out, start + 38);
    text_append(out, option_help(row));
    text_append(out, "\n");
}

bool cmd_help(struct invocation *invocation, pinetoken_error *error) {
    (void)invocation;
    char data[HELP_MAX];
    struct text out;
    text_init(&out, data, sizeof data);
    text_append(&out, introduction);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_help(&option_rows[i])[0] != '\0') {
            append_row(&out, &option_rows[i]);
        }
    }
    text_append(&out, conclusion);
    return output_text(out.data, out.size, error);
}

bool cmd_version(struct invocation *invocation, pinetoken_error *error) {
    (void)invocation;
    char data[256];
    struct text out;
    pinetoken_build build;
    pinetoken_build_info(&build);
    text_init(&out, data, sizeof data);
    text_append(&out, "pinetoken ");
    text_append(&out, build.version);
    text_append(&out, "\nMbed TLS ");
    text_append(&out, build.mbedtls_version);
    text_append(&out, ", TLS ");
    text_append(&out, build.tls_versions);
    text_append(&out, "\nroots: ");
    text_append_number(&out, (int64_t)build.roots_count);
    text_append(&out, " of Mozilla's, ");
    text_append(&out, build.roots_date);
    text_append(&out, "\nsource of ");
    text_append(&out, build.date);
    text_append(&out, "\n");
    return output_text(out.data, out.size, error);
}
