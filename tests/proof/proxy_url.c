/* Any SIZE bytes: what is accepted lies within them, and the decoded credentials have no control
 * character. */
#include "http/proxy_url.h"
#include "proof.h"

#include "ip_contract.h"

int main(void) {
    char data[SIZE];
    char decoded[SIZE + 1];
    const span text = {data, SIZE};
    struct proxy_url url;
    struct buffer out;
    pinetoken_error error;
    choose_bytes(data, SIZE);
    if (!proxy_url_parse(text, &url, &error)) {
        assert(error.status == PINETOKEN_USAGE);
        return 0;
    }
    assert(lies_within(url.host, text) && lies_within(url.credentials, text));
    assert(url.host.size > 0 && url.port > 0);
    buffer_init(&out, decoded, sizeof decoded);
    proxy_url_write_credentials(&url, &out);
    assert(!out.overflow && out.size <= url.credentials.size + 1);
    for (size_t i = 0; i < out.size; i++) {
        assert((unsigned char)decoded[i] >= 0x20 && decoded[i] != 0x7f);
    }
    return 0;
}
