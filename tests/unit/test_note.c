/* The note that a process leaves to those that wait: what it wrote is read, and nothing else. */
#include "cache/note.h"

#include "base/error.h"
#include "support/guard.h"
#include "support/test.h"

static span write_note(char *data, pinetoken_status status, const char *message,
                       const char *advice) {
    struct buffer note;
    pinetoken_error error = {0};
    error_set(&error, status, message, advice);
    buffer_init(&note, data, NOTE_MAX);
    note_write(&note, &error);
    assert_false(note.overflow);
    return buffer_span(&note);
}

static void test_read_as_written(void **state) {
    static const pinetoken_status shared[] = {PINETOKEN_REJECTED,  PINETOKEN_NETWORK,
                                              PINETOKEN_TLS,       PINETOKEN_PROTOCOL,
                                              PINETOKEN_THROTTLED, PINETOKEN_UNAVAILABLE};
    (void)state;
    for (size_t i = 0; i < COUNT(shared); i++) {
        char data[NOTE_MAX];
        pinetoken_error error = {0};
        assert_true(note_read(write_note(data, shared[i], "what: why", "what to do"), &error));
        assert_int_equal(error.status, shared[i]);
        assert_string_equal(error.message, "what: why");
        assert_string_equal(error.advice, "what to do");
    }
}

static void test_longest(void **state) {
    char message[PINETOKEN_MESSAGE_CAPACITY] = "";
    char advice[PINETOKEN_ADVICE_CAPACITY] = "";
    char data[NOTE_MAX];
    pinetoken_error error = {0};
    (void)state;
    memset(message, 'm', sizeof message - 1);
    memset(advice, 'a', sizeof advice - 1);
    span note = write_note(data, PINETOKEN_UNAVAILABLE, message, advice);
    char *copy = guard_copy(note);
    assert_true(note_read((span){copy, note.size}, &error));
    assert_string_equal(error.message, message);
    assert_string_equal(error.advice, advice);
    guard_free(copy, note.size);
}

/* Only of this process: its memory, its time, its configuration. */
static void test_not_shared(void **state) {
    static const pinetoken_status own[] = {PINETOKEN_INTERNAL,    PINETOKEN_USAGE,
                                           PINETOKEN_CREDENTIALS, PINETOKEN_CLOCK,
                                           PINETOKEN_LOCAL,       PINETOKEN_TIMEOUT};
    (void)state;
    for (size_t i = 0; i < COUNT(own); i++) {
        char data[NOTE_MAX];
        assert_int_equal(write_note(data, own[i], "what", "").size, 0);
    }
}

/* Only those with the same secret and route read on. */
static void test_identity(void **state) {
    char mine[ENTRY_KEY_SIZE];
    char theirs[ENTRY_KEY_SIZE];
    char data[NOTE_MAX];
    struct buffer out;
    (void)state;
    memset(mine, '1', sizeof mine);
    memset(theirs, '1', sizeof theirs);
    theirs[ENTRY_KEY_SIZE - 1] = '2';
    buffer_init(&out, data, sizeof data);
    note_write_identity(&out, SPAN("0123456789abcdef"), (span){mine, sizeof mine});
    buffer_append_text(&out, "rest");
    for (size_t size = 0; size <= out.size; size++) {
        char *copy = guard_copy((span){data, size});
        span note = {copy, size};
        assert_false(note_take_identity(&note, (span){theirs, sizeof theirs}));
        assert_int_equal(note.size, size);
        bool is_whole = size >= NOTE_SALT_SIZE + ENTRY_KEY_SIZE;
        assert_int_equal(note_take_identity(&note, (span){mine, sizeof mine}), is_whole);
        assert_int_equal(note.size, is_whole ? size - NOTE_SALT_SIZE - ENTRY_KEY_SIZE : size);
        guard_free(copy, size);
    }
    /* The digest is not the identity itself, and another one with another salt. */
    assert_memory_not_equal(data + NOTE_SALT_SIZE, mine, sizeof mine);
    data[0] = '1';
    span note = buffer_span(&out);
    assert_false(note_take_identity(&note, (span){mine, sizeof mine}));
    buffer_init(&out, data, sizeof data);
    note_write_identity(&out, SPAN("short"), (span){mine, sizeof mine});
    assert_int_equal(out.size, 0);
}

/* Whatever is in the file: not a byte after it is read, which the guard page notices. */
static void test_others(void **state) {
    static const char *const notes[] = {
        "",         "5",         "5 ",        "5 what",   "5\n",       "5\nwhat to do", " what\n",
        "x what\n", "5x what\n", "-5 what\n", "3 what\n", "13 what\n", "99 what\n",     "0 what\n",
        "5 a\tb\n", "5 a\n\n",   "5 a\n\x7f", "5\n what", "\n5 what",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(notes); i++) {
        size_t size = strlen(notes[i]);
        char *copy = guard_copy((span){notes[i], size});
        pinetoken_error error = {.status = PINETOKEN_OK};
        if (note_read((span){copy, size}, &error)) {
            fail_msg("%s", notes[i]);
        }
        assert_int_equal(error.status, PINETOKEN_OK);
        guard_free(copy, size);
    }
}

/* Each text has its own room. */
static void test_too_long(void **state) {
    char note[NOTE_MAX + PINETOKEN_MESSAGE_CAPACITY];
    pinetoken_error error = {0};
    (void)state;
    memset(note, 'x', sizeof note);
    memcpy(note, "5 ", 2);
    note[2 + PINETOKEN_MESSAGE_CAPACITY] = '\n';
    assert_false(note_read((span){note, 2 + PINETOKEN_MESSAGE_CAPACITY + 1}, &error));
    note[1 + PINETOKEN_MESSAGE_CAPACITY] = '\n';
    note[2 + PINETOKEN_MESSAGE_CAPACITY] = 'x';
    assert_true(note_read((span){note, 2 + PINETOKEN_MESSAGE_CAPACITY}, &error));
    assert_false(note_read((span){note, 2 + PINETOKEN_MESSAGE_CAPACITY + PINETOKEN_ADVICE_CAPACITY},
                           &error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_as_written), cmocka_unit_test(test_longest),
        cmocka_unit_test(test_not_shared),      cmocka_unit_test(test_identity),
        cmocka_unit_test(test_others),          cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
