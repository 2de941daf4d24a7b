/* Any bytes after the question of a reply are read within their bounds; addresses lie in it. */
#include "dns/message.h"
#include "proof.h"

#define QUESTION 19u /* header, "a", type and class */

int main(void) {
    static const char query[QUESTION] = {1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
    char reply[QUESTION + SIZE] = {1, 2, (char)0x81, 0,   0, 1, 0, 2, 0, 0,
                                   0, 0, 1,          'a', 0, 0, 1, 0, 1};
    struct dns_addresses addresses = {.count = 0};
    choose_bytes(reply + QUESTION, SIZE);
    enum dns_reply said =
        dns_read_reply((span){reply, sizeof reply}, (span){query, QUESTION}, &addresses);
    assert(addresses.count <= sizeof reply / 4);
    assert((said == DNS_ADDRESSES) == (addresses.count > 0));
    assert(said != DNS_ADDRESSES || addresses.size == 4);
    return 0;
}
