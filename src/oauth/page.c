/* The public reader of one page of a list. See pinetoken.h. */
#include "base/error.h"
#include "http/form.h"
#include "json/scan.h"
#include "json/string.h"

#include <string.h>

static bool fail(pinetoken_error *error, const char *why) {
    error_begin(error, PINETOKEN_PROTOCOL, "page: ");
    error_add(error, why);
    return error_advise(error, "");
}

/* `member` stands in `body`. */
static bool write_next(char *body, struct json_member *member, pinetoken_page *page,
                       pinetoken_error *error) {
    struct buffer out;
    char *text = body + (member->value.data - body);
    buffer_init(&out, page->next, sizeof page->next - 1);
    if (!json_string_decode(text, member->value.size, &member->value.size)) {
        return fail(error, "\"next\" has half of a surrogate pair");
    }
    form_append_value(&out, member->value);
    page->next[out.size] = '\0';
    if (out.overflow || out.size == 0) {
        return fail(error, "\"next\" is empty or too long");
    }
    return true;
}

/* Without the brackets of an array, and the blanks within them. */
static span inside(span array) {
    size_t start = 1;
    size_t end = array.size - 1;
    while (start < end && strchr(" \t\r\n", array.data[start]) != NULL) {
        start++;
    }
    while (end > start && strchr(" \t\r\n", array.data[end - 1]) != NULL) {
        end--;
    }
    return span_cut(array, start, end);
}

bool pinetoken_read_page(char *body, size_t size, pinetoken_page *page, pinetoken_error *error) {
    struct json_member members[] = {{.name = JSON_FIRST_ARRAY}, {.name = SPAN("pagination")}};
    struct json_member next = {.name = SPAN("next")};
    if (!json_scan_object((span){body, size}, members, 2, error)) {
        return false;
    }
    if (members[0].kind != JSON_ARRAY) {
        return fail(error, "the answer has no list in it (is this a list call?)");
    }
    page->elements = inside(members[0].value);
    page->next[0] = '\0';
    if (members[1].kind != JSON_OBJECT) {
        return true;
    }
    return json_scan_object(members[1].value, &next, 1, error) &&
           (next.kind != JSON_STRING || write_next(body, &next, page, error));
}
