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

/* Off *text; false: that was the last one. */
static bool rate_limit_take_member(span *text, struct rate_limit_member *member) {
    *member = (struct rate_limit_member){.remaining = -1, .seconds = -1};
    while (text->size > 0) {
        char separator = ',';
        span part = field_take_part(text, &separator);
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
static int64_t rate_limit_window(span policy, span name) {
    struct rate_limit_member member;
    int64_t window = -1;
    while (rate_limit_take_member(&policy, &member)) {
        bool is_wanted = name.size == 0 || span_equal(name, member.name);
        if (is_wanted && member.seconds >= 0 && (window < 0 || member.seconds < window)) {
            window = member.seconds;
        }
    }
    return window;
}

int64_t rate_limit_seconds(span rate_limit, span policy) {
    struct rate_limit_member member;
    int64_t longest = -1;
    if (rate_limit.size == 0) {
        return rate_limit_window(policy, rate_limit);
    }
    while (rate_limit_take_member(&rate_limit, &member)) {
        if (member.remaining > 0) {
            continue;
        }
        int64_t seconds =
            member.seconds >= 0 ? member.seconds : rate_limit_window(policy, member.name);
        longest = seconds > longest ? seconds : longest;
    }
    return longest;
}
