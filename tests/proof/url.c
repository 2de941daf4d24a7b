/* A URL that is accepted has a host, a port and a target within the text, and nothing that could
 * end a line.
 */
#include "http/url.h"
#include "proof.h"

#include "ip_contract.h"

int main(void) {
    char data[8 + SIZE] = "https://";
    const span text = {data, sizeof data};
    struct url url;
    pinetoken_error error;
    choose_bytes(data + 8, SIZE);
    if (url_parse(text, &url, &error)) {
        assert(lies_within(url.authority, text) && lies_within(url.host, text));
        assert(url.host.size > 0 && url.port > 0 && url.target.size > 0);
        assert(url.target.data[0] == '/');
        for (size_t i = 0; i < url.target.size; i++) {
            assert(url.target.data[i] > ' ' && url.target.data[i] < 0x7f);
        }
        for (size_t i = 0; i < url.authority.size; i++) {
            assert(url.authority.data[i] != '@' && url.authority.data[i] != '/');
            assert(url.authority.data[i] > ' ' && url.authority.data[i] < 0x7f);
        }
    } else {
        assert(error.status == PINETOKEN_USAGE);
    }
    return 0;
}
