/* Any response of SIZE bytes, over the contract of the JSON scanner and decoder: the elements lie
 * within it, and the next page's token is text that a query may contain. */
#include "api/page.h"
#include "json_contract.h"

static void check_next(const struct page *page) {
    bool has_end = false;
    for (size_t i = 0; i <= 3 * SIZE && !has_end; i++) {
        char c = page->next[i];
        has_end = c == '\0';
        assert(has_end || ascii_is_alpha(c) || ascii_is_digit(c) || strchr("*-._%+", c) != NULL);
    }
    assert(has_end);
}

int main(void) {
    char body[SIZE];
    struct page page;
    pinetoken_error error;
    choose_bytes(body, SIZE);
    if (page_read(body, SIZE, &page, &error)) {
        assert(lies_within(page.elements, (span){body, SIZE}));
        check_next(&page);
    } else {
        assert(error.status == PINETOKEN_PROTOCOL);
    }
    return 0;
}
