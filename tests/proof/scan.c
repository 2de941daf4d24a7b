/* Every text of SIZE bytes after a given start: it ends, reads nothing outside, and gives
 * spans and offsets within. What page.c and token_response.c rely on of a value holds. */
#include "json/scan.h"
#include "proof.h"

#define START_SIZE (sizeof START - 1)
/* A text of only SIZE bytes has no room for a member. */
#define COUNT (START_SIZE > 0 ? 2 : 0)

static void check(const struct json_member *member, span text) {
    span value = member->value;
    assert(member->kind >= JSON_ABSENT && member->kind <= JSON_ARRAY);
    assert(lies_within(value, text) && (member->kind == JSON_ABSENT) == (value.data == NULL));
    if (member->kind == JSON_ARRAY) {
        assert(value.size >= 2 && value.data[0] == '[' && value.data[value.size - 1] == ']');
    }
    if (member->kind == JSON_OBJECT) {
        assert(value.size >= 2 && value.data[0] == '{' && value.data[value.size - 1] == '}');
    }
}

int main(void) {
    char data[START_SIZE + SIZE] = START;
    const span text = {data, sizeof data};
    struct json_member members[] = {{.name = SPAN("a")}, {.name = JSON_FIRST_ARRAY}};
    pinetoken_error error;
    choose_bytes(data + START_SIZE, SIZE);
    if (json_scan_object(text, members, COUNT, &error)) {
        check(&members[0], text);
        check(&members[1], text);
    } else {
        assert(error.offset >= 0 && (size_t)error.offset <= text.size);
        assert(error.status == PINETOKEN_PROTOCOL);
    }
    return 0;
}
