/* What is accepted as a URL names one place: rebuilt from its parts, it is the same. */
#include "fuzz.h"
#include "http/proxy_url.h"
#include "http/url.h"

/* The same for a proxy's: and its credentials have no control character. */
static void check_proxy(const char *copy, size_t size) {
    struct proxy_url url;
    pinetoken_error error;
    char decoded[4096];
    struct buffer out;
    if (!proxy_url_parse((span){copy, size}, &url, &error)) {
        REQUIRE(error.status == PINETOKEN_USAGE && error.message[0] != '\0');
        return;
    }
    REQUIRE(lies_within(url.host, copy, size) && lies_within(url.credentials, copy, size));
    REQUIRE(url.host.size > 0 && url.port > 0);
    buffer_init(&out, decoded, sizeof decoded);
    proxy_url_write_credentials(&url, &out);
    REQUIRE(!out.overflow);
    for (size_t i = 0; i < out.size; i++) {
        REQUIRE((unsigned char)decoded[i] >= ' ' && decoded[i] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct url url;
    struct url again;
    pinetoken_error error;
    char text[4096];
    char *copy = copy_of(data, size);
    check_proxy(copy, size);
    if (url_parse((span){copy, size}, &url, &error)) {
        REQUIRE(lies_within(url.authority, copy, size) && lies_within(url.host, copy, size));
        REQUIRE(url.host.size > 0 && url.port > 0 && url.target.data[0] == '/');
        for (size_t i = 0; i < url.target.size; i++) {
            REQUIRE(url.target.data[i] > ' ' && url.target.data[i] < 0x7f);
        }
        for (size_t i = 0; i < url.authority.size; i++) {
            REQUIRE(strchr("@/?#\\ \r\n", url.authority.data[i]) == NULL);
        }
        int length = snprintf(text, sizeof text, "https://%.*s%.*s", (int)url.authority.size,
                              url.authority.data, (int)url.target.size, url.target.data);
        if (length <= 2048) {
            REQUIRE(url_parse((span){text, (size_t)length}, &again, &error));
            REQUIRE(span_equal(url.host, again.host) && url.port == again.port);
            REQUIRE(span_equal(url.target, again.target));
        }
    } else {
        REQUIRE(error.status == PINETOKEN_USAGE && error.message[0] != '\0');
    }
    free(copy);
    return 0;
}
