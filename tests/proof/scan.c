/* Every text of SIZE bytes: it ends, reads nothing outside, and gives spans and offsets within. */
#include "json/scan.h"
#include "proof.h"

int main(void) {
    char data[SIZE];
    const span text = {data, SIZE};
    struct json_member member = {.name = SPAN("a")};
    pinetoken_error error;
    choose_bytes(data, SIZE);
    if (json_scan_object(text, &member, MEMBERS, &error)) {
        assert(MEMBERS == 0 || lies_within(member.value, text));
    } else {
        assert(error.offset >= 0 && (size_t)error.offset <= text.size);
        assert(error.status == PINETOKEN_PROTOCOL);
    }
    return 0;
}
