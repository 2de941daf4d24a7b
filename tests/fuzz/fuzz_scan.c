/* The JSON scanner against an independent validator, jansson: both agree on every text. */
#include "api/page.h"
#include "base/limits.h"
#include "fuzz.h"
#include "reference.h"
#include "json/scan.h"
#include "json/string.h"

/* Nesting as it is written, strings left out. */
static size_t depth_of(const char *text, size_t size) {
    size_t depth = 0;
    size_t deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        if (in_string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && (text[i] == '{' || text[i] == '[')) {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if (!in_string && (text[i] == '}' || text[i] == ']')) {
            depth--;
        }
    }
    return deepest;
}

/* What a page gives lies in it, and is JSON again within brackets. */
static void check_page(const uint8_t *data, size_t size) {
    char *copy = copy_of(data, size);
    struct page page;
    pinetoken_error error;
    if (page_read(copy, size, &page, &error)) {
        REQUIRE(lies_within(page.elements, copy, size));
        REQUIRE(memchr(page.next, '\0', sizeof page.next) != NULL);
        REQUIRE(strcspn(page.next, " &=#\r\n") == strlen(page.next));
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct json_member member = {.name = SPAN("a")};
    pinetoken_error error;
    check_page(data, size);
    char *copy = copy_of(data, size);
    struct reference reference = reference_load(copy, size);
    if (json_scan_object((span){copy, size}, NULL, 0, &error)) {
        REQUIRE(reference.valid || reference.undecided);
    } else {
        REQUIRE(error.offset >= 0 && (size_t)error.offset <= size);
        /* jansson 2.14 loses a NUL after a number. */
        bool has_nul = memchr(copy, '\0', size) != NULL;
        REQUIRE(!reference.valid || depth_of(copy, size) > LIMIT_JSON_DEPTH || has_nul);
    }
    if (json_scan_object((span){copy, size}, &member, 1, &error)) {
        size_t decoded = 0;
        REQUIRE(lies_within(member.value, copy, size));
        if (member.kind == JSON_STRING && reference.has_string) {
            REQUIRE(
                json_string_decode(copy + (member.value.data - copy), member.value.size, &decoded));
            REQUIRE(decoded == reference.string_size);
            REQUIRE(memcmp(member.value.data, reference.string, decoded) == 0);
        }
    }
    reference_free(&reference);
    free(copy);
    return 0;
}
