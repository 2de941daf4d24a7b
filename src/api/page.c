#include "api/page.h"

#include "base/error.h"
#include "http/form.h"
#include "json/scan.h"
#include "json/string.h"

#include <string.h>

static bool page_fail(pinetoken_error *error, const char *why, const char *advice) {
    return error_set_parts(error, PINETOKEN_PROTOCOL, ERROR_PARTS("page: ", why), advice);
}

/* `member` stands in `body`. */
static bool page_write_next(char *body, struct json_member *member, struct page *page,
                            pinetoken_error *error) {
    struct buffer out;
    char *text = body + (member->value.data - body);
    buffer_init(&out, page->next, sizeof page->next - 1);
    if (!json_string_decode(text, member->value.size, &member->value.size)) {
        return page_fail(error, "\"next\" has half of a surrogate pair", "");
    }
    form_append_value(&out, member->value);
    page->next[out.size] = '\0';
    if (out.overflow || out.size == 0) {
        return page_fail(error, "\"next\" is empty or too long", "");
    }
    return true;
}

/* Without the brackets of an array, and the blanks within them. */
static span page_inside(span array) {
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

bool page_read(char *body, size_t size, struct page *page, pinetoken_error *error) {
    struct json_member members[] = {{.name = JSON_FIRST_ARRAY}, {.name = SPAN("pagination")}};
    struct json_member next = {.name = SPAN("next")};
    if (!json_scan_object((span){body, size}, members, 2, error)) {
        return false;
    }
    if (members[0].kind != JSON_ARRAY) {
        return page_fail(error, "the response has no list in it", "is this a list call?");
    }
    page->elements = page_inside(members[0].value);
    page->next[0] = '\0';
    if (members[1].kind != JSON_OBJECT) {
        return true;
    }
    return json_scan_object(members[1].value, &next, 1, error) &&
           (next.kind != JSON_STRING || page_write_next(body, &next, page, error));
}
