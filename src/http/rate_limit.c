#include "http/rate_limit.h"

#include "base/limits.h"
#include "base/number.h"
#include "http/field.h"

/* One member of either list: what is not there is -1. */
struct rate_limit_member {
    span name;
    int64_t remaining; /* r, remaining */
    int64_t seconds;   /* t, reset; in a policy w */
};

/* The fields of one name, from first to last. */
struct rate_limit_list {
    span name;
    span head; /* what is left of it, ... */
    span text; /* ... and of the value at hand */
};

int64_t rate_limit_read_seconds(span text) {
    uint64_t seconds = 0;
    if (text.size == 0 || text.size > LIMIT_JSON_NUMBER || !span_is_digits(text)) {
        return -1;
    }
    return number_parse(text, 10, LIMIT_RETRY_AFTER, &seconds) ? (int64_t)seconds
                                                               : (int64_t)LIMIT_RETRY_AFTER;
}

static void rate_limit_take_value(struct rate_limit_member *member, span name, span value) {
    if (span_equal(name, SPAN("r")) || span_equal(name, SPAN("remaining"))) {
        member->remaining = rate_limit_read_seconds(value);
    } else if (span_equal(name, SPAN("t")) || span_equal(name, SPAN("reset")) ||
               span_equal(name, SPAN("w"))) {
        member->seconds = rate_limit_read_seconds(value);
    }
}

/* In the older form, whose three values are members themselves, the last one completes the quota:
 * reset. */
static bool rate_limit_is_complete(char separator, span name) {
    return separator == ',' && !span_equal(name, SPAN("limit")) &&
           !span_equal(name, SPAN("remaining"));
}

/* Off *list; false: that was the last one. */
static bool rate_limit_take_member(struct rate_limit_list *list, struct rate_limit_member *member) {
    *member = (struct rate_limit_member){.remaining = -1, .seconds = -1};
    while (list->text.size > 0 || field_take_value(&list->head, list->name, &list->text)) {
        char separator = ',';
        span part = field_take_part(&list->text, &separator);
        size_t equals = span_find(part, '=');
        span name = span_cut(part, 0, equals);
        if (equals == part.size) {
            member->name = name;
        } else {
            rate_limit_take_value(member, name, span_cut(part, equals + 1, part.size));
        }
        if (rate_limit_is_complete(separator, name)) {
            return true;
        }
    }
    return false;
}

/* The window of the policy of this name; without a name, that of the shortest one: which quota is
 * used up is not known, and a longer wait than necessary is the worse guess. */
static int64_t rate_limit_window(span head, span name) {
    struct rate_limit_list policies = {.name = SPAN("RateLimit-Policy"), .head = head};
    struct rate_limit_member member;
    int64_t window = -1;
    while (rate_limit_take_member(&policies, &member)) {
        bool is_wanted = name.size == 0 || span_equal(name, member.name);
        if (is_wanted && member.seconds >= 0 && (window < 0 || member.seconds < window)) {
            window = member.seconds;
        }
    }
    return window;
}

int64_t rate_limit_seconds(span head) {
    struct rate_limit_list quotas = {.name = SPAN("RateLimit"), .head = head};
    struct rate_limit_member member;
    int64_t longest = -1;
    if (!field_take_value(&quotas.head, quotas.name, &quotas.text)) {
        return rate_limit_window(head, SPAN(""));
    }
    while (rate_limit_take_member(&quotas, &member)) {
        if (member.remaining > 0) {
            continue;
        }
        int64_t seconds =
            member.seconds >= 0 ? member.seconds : rate_limit_window(head, member.name);
        longest = seconds > longest ? seconds : longest;
    }
    return longest;
}
