/* The configuration: its defaults, its size, and which values are valid. */
#include "oauth/config.h"

#include "base/limits.h"
#include "oauth/credential.h"
#include "support/test.h"

static pinetoken_config make_config(void) {
    pinetoken_config config;
    pinetoken_config_init(&config);
    return config;
}

static void test_defaults(void **state) {
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    (void)state;
    assert_int_equal(config.size, sizeof config);
    assert_string_equal(config.token_url, "https://login.pinecone.io/oauth/token");
    assert_string_equal(config.audience, "https://api.pinecone.io/");
    assert_string_equal(config.api_version, "2025-04");
    assert_int_equal(config.connect_timeout_ms, 10000);
    assert_int_equal(config.clock_timeout_ms, 0);
    assert_int_equal(config.retries, 3);
    assert_null(config.client_id);
    assert_null(config.secret);
    assert_true(config_check_size(&config, &error) && config_check(&config, &error));
}

/* No byte after the struct that the caller has, and none read that it does not have. */
static void test_sizes(void **state) {
    union {
        pinetoken_config config;
        char bytes[sizeof(pinetoken_config) + 16];
    } room;
    pinetoken_error error = {0};
    (void)state;
    for (size_t size = sizeof(size_t); size < sizeof room; size += sizeof(size_t)) {
        memset(&room, 0x5a, sizeof room);
        pinetoken_config_init_size(&room.config, size);
        assert_int_equal(room.config.size, size);
        for (size_t i = size; i < sizeof room; i++) {
            assert_int_equal(room.bytes[i], 0x5a);
        }
        assert_int_equal(config_check_size(&room.config, &error), size == sizeof room.config);
    }
    assert_int_equal(error.status, PINETOKEN_USAGE);
    assert_advice(error, "pinetoken_config_init");
}

#define INVALID(member, invalid_value)                   \
    do {                                                 \
        pinetoken_config config = make_config();         \
        pinetoken_error error = {0};                     \
        config.member = (invalid_value);                 \
        assert_false(config_check(&config, &error));     \
        assert_int_equal(error.status, PINETOKEN_USAGE); \
    } while (0)

static void test_invalid(void **state) {
    static const char *const header[] = {"no colon", NULL};
    (void)state;
    INVALID(token_url, "http://h/");
    INVALID(proxy, "ftp://p");
    INVALID(audience, "");
    INVALID(audience, "a\nb");
    INVALID(audience, "\xff");
    INVALID(api_version, "");
    INVALID(api_version, "a\r\nb");
    INVALID(headers, header);
    INVALID(connect_timeout_ms, 0);
    INVALID(clock_timeout_ms, -1);
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    config.proxy = "http://p:1";
    config.connect_timeout_ms = 1;
    assert_true(config_check(&config, &error));
}

static void test_client_id(void **state) {
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    (void)state;
    /* Calls need none, fetches do. */
    assert_true(config_check(&config, &error));
    assert_false(config_check_client_id(&config, &error));
    assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
    assert_message(error, "client ID: missing");
    config.client_id = "a\nb";
    assert_false(config_check(&config, &error));
    assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
    config.client_id = "id";
    assert_true(config_check(&config, &error) && config_check_client_id(&config, &error));
}

static void test_credentials(void **state) {
    static char longest[LIMIT_CREDENTIAL + 1];
    static const struct {
        span text;
        const char *fault; /* NULL: none */
    } cases[] = {
        {{NULL, 0}, "is empty"},
        {{"", 0}, "is empty"},
        {{"a\nb", 3}, "control"},
        {{"a\0b", 3}, "control"},
        {{"a\x7f", 2}, "control"},
        {{"\x1f", 1}, "control"},
        {{"\xff", 1}, "UTF-8"},
        {{"\xed\xa0\x80", 3}, "UTF-8"},
        {{longest, LIMIT_CREDENTIAL + 1}, "longer than 4096 bytes"},
        {{longest, LIMIT_CREDENTIAL}, NULL},
        {{" \"~\xc3\xa9", 5}, NULL},
    };
    (void)state;
    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < COUNT(cases); i++) {
        pinetoken_error error = {0};
        const char *fault = credential_fault(cases[i].text);
        assert_int_equal(fault == NULL, cases[i].fault == NULL);
        assert_int_equal(credential_check("name", cases[i].text, &error), fault == NULL);
        if (fault != NULL) {
            assert_non_null(strstr(fault, cases[i].fault));
            assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
            assert_message(error, "name: ");
            assert_message(error, cases[i].fault);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),    cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_invalid),     cmocka_unit_test(test_client_id),
        cmocka_unit_test(test_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
