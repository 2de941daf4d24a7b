/* The cache file: who may write to it, what a write leaves, who has the lock. */
#include "cache/file.h"
#include "os/clock.h"
#include "os/file.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "0011"

static char directory[64];
static pinetoken_error error;

static int make_directory(void **state) {
    (void)state;
    memcpy(directory, "/tmp/pinetoken-test-XXXXXX", sizeof "/tmp/pinetoken-test-XXXXXX");
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state) {
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

static const char *path_of(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static bool open_at(struct cache_file *file, const char *name) {
    return cache_file_open(file, path_of(name), SPAN(KEY), &error);
}

static unsigned mode_of(const char *name) {
    struct stat facts;
    assert_int_equal(lstat(path_of(name), &facts), 0);
    return facts.st_mode & 07777u;
}

static void write_and_read(struct cache_file *file, const char *text) {
    char read_back[ENTRY_MAX];
    size_t size = 0;
    assert_true(cache_file_replace(file, span_text(text)));
    assert_true(cache_file_read(file, read_back, &size, &error));
    assert_span(((span){read_back, size}), text);
}

static void test_default_directories(void **state) {
    struct cache_file file;
    (void)state;
    /* Missing directories are created, also one above, accessible to nobody else. */
    assert_true(open_at(&file, "cache/pinetoken/"));
    write_and_read(&file, "one");
    write_and_read(&file, "another one");
    cache_file_close(&file);
    assert_int_equal(mode_of("cache/pinetoken"), 0700);
    assert_int_equal(mode_of("cache"), 0700);
    assert_int_equal(mode_of("cache/pinetoken/" KEY), 0600);
    assert_int_equal(access(path_of("cache/pinetoken/" KEY ".pinetoken.part"), F_OK), -1);
    /* A directory without '/' at its end, and a file by its name. */
    assert_true(open_at(&file, "cache/pinetoken"));
    assert_string_equal(file.name, KEY);
    cache_file_close(&file);
    assert_true(open_at(&file, "cache/token"));
    assert_string_equal(file.name, "token");
    cache_file_close(&file);
    /* Two levels are not. */
    assert_false(open_at(&file, "a/b/c/token"));
    assert_int_equal(error.status, PINETOKEN_OK);
    assert_int_equal(errno, ENOENT);
    cache_file_close(&file);
}

static void test_invalid_names(void **state) {
    struct cache_file file;
    char name[300];
    (void)state;
    assert_false(cache_file_open(&file, "", SPAN(KEY), &error));
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_false(open_at(&file, name));
    assert_int_equal(errno, ENAMETOOLONG);
    assert_true(cache_file_open(&file, "relative", SPAN(KEY), &error) ||
                error.status == PINETOKEN_LOCAL);
    cache_file_close(&file);
}

static void expect_refused(const char *name) {
    struct cache_file file;
    assert_false(open_at(&file, name));
    assert_int_equal(error.status, PINETOKEN_LOCAL);
    assert_message(error, "others can write to");
    cache_file_close(&file);
}

static void test_writable_by_others(void **state) {
    struct cache_file file;
    char text[ENTRY_MAX];
    size_t size = 0;
    (void)state;
    assert_true(open_at(&file, "mine/"));
    assert_true(cache_file_replace(&file, SPAN("text")));
    for (unsigned mode = 0; mode < 0100; mode++) {
        assert_int_equal(chmod(path_of("mine/" KEY), 0600 | mode), 0);
        bool is_safe = (mode & 022) == 0;
        assert_int_equal(cache_file_read(&file, text, &size, &error), is_safe);
        assert_int_equal(error.status, is_safe ? PINETOKEN_OK : PINETOKEN_LOCAL);
    }
    cache_file_close(&file);
    for (unsigned mode = 0; mode < 0100; mode++) {
        assert_int_equal(chmod(path_of("mine"), 0700 | mode), 0);
        if ((mode & 022) == 020) {
            expect_refused("mine/");
            expect_refused("mine/file");
        } else {
            assert_true(open_at(&file, "mine/"));
            assert_int_equal(file.is_private, (mode & 002) != 0);
            cache_file_close(&file);
        }
    }
    if (geteuid() == 0) {
        assert_int_equal(chmod(path_of("mine"), 0700), 0);
        assert_int_equal(chown(path_of("mine"), 65534, 65534), 0);
        expect_refused("mine/");
    }
}

static void expect_untouched(struct cache_file *file) {
    assert_false(cache_file_replace(file, SPAN("text")));
    assert_int_equal(errno, EEXIST);
    assert_false(cache_file_remove(file));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(faccessat(file->directory, KEY, F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

/* In a directory that everybody can write to, there is one that only its user can. */
static void test_private_directory(void **state) {
    struct cache_file file;
    char own[64];
    char entry[128];
    (void)state;
    (void)snprintf(own, sizeof own, "open/pinetoken-%u", (unsigned)geteuid());
    (void)snprintf(entry, sizeof entry, "%s/%s", own, KEY);
    assert_int_equal(mkdir(path_of("open"), 0700), 0);
    assert_int_equal(chmod(path_of("open"), 0777), 0);
    assert_true(open_at(&file, "open/"));
    write_and_read(&file, "text");
    cache_file_close(&file);
    assert_int_equal(mode_of(own), 0700);
    assert_int_equal(mode_of(entry), 0600);
    assert_true(open_at(&file, "open/token"));
    write_and_read(&file, "text");
    cache_file_close(&file);
    /* Somebody was there before: a link, a directory that others can write to, or somebody else's.
     */
    assert_int_equal(chmod(path_of(own), 0722), 0);
    expect_refused("open/");
    assert_int_equal(chmod(path_of(own), 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path_of(own), 65534, 65534), 0);
        expect_refused("open/");
    }
    char target[256];
    (void)snprintf(target, sizeof target, "%s", path_of("elsewhere"));
    assert_int_equal(rename(path_of(own), target), 0);
    assert_int_equal(symlink(target, path_of(own)), 0);
    expect_refused("open/");
}

static void test_links_and_other_things(void **state) {
    struct cache_file file;
    char text[ENTRY_MAX];
    size_t size = 0;
    (void)state;
    assert_true(open_at(&file, "real/"));
    assert_int_equal(symlink("real", path_of("link")), 0);
    struct cache_file other;
    assert_false(open_at(&other, "link/"));
    assert_int_equal(error.status, PINETOKEN_OK);
    cache_file_close(&other);
    write_and_read(&file, "text");
    assert_int_equal(mode_of("real/" KEY), 0600);
    assert_true(cache_file_remove(&file));
    assert_false(cache_file_remove(&file));
    assert_int_equal(errno, ENOENT);
    /* An entry that is a link is not read; it is not ours to replace or to remove. */
    assert_int_equal(symlink("/etc/hostname", path_of("real/" KEY)), 0);
    assert_false(cache_file_read(&file, text, &size, &error));
    assert_int_equal(errno, EEXIST);
    expect_untouched(&file);
    /* Nor is a FIFO, which nobody waits for. */
    assert_int_equal(unlink(path_of("real/" KEY)), 0);
    assert_int_equal(mkfifo(path_of("real/" KEY), 0600), 0);
    assert_false(cache_file_read(&file, text, &size, &error));
    assert_int_equal(errno, EEXIST);
    expect_untouched(&file);
    assert_string_equal(file_reason(EEXIST), "it is not a regular file");
    assert_int_equal(unlink(path_of("real/" KEY)), 0);
    /* A link in place of the temporary file is no obstacle, and stays. */
    assert_int_equal(symlink("/etc/hostname", path_of("real/" KEY ".pinetoken.part")), 0);
    write_and_read(&file, "text");
    assert_int_equal(unlink(path_of("real/" KEY ".pinetoken.part")), 0);
    cache_file_close(&file);
}

/* What the next holder promises. */
static int64_t holds_until;

static enum lock_state ask(struct cache_file *file, const char **note_text) {
    static char data[64];
    struct buffer note;
    buffer_init(&note, data, sizeof data - 1);
    enum lock_state lock = cache_file_try_lock(file, holds_until, &note);
    data[note.size] = '\0';
    *note_text = data;
    return lock;
}

static void test_lock(void **state) {
    struct cache_file first;
    struct cache_file second;
    struct cache_file third;
    const char *note = NULL;
    (void)state;
    holds_until = clock_monotonic_ms() + 60000;
    assert_true(open_at(&first, "locked/") && open_at(&second, "locked/"));
    assert_int_equal(ask(&first, &note), LOCK_HELD);
    assert_int_equal(ask(&second, &note), LOCK_BUSY);
    cache_file_unlock(&first, SPAN("it failed"));
    /* Those who waited get the reason; those who come now start again. */
    assert_true(open_at(&third, "locked/"));
    assert_int_equal(ask(&third, &note), LOCK_HELD);
    assert_string_equal(note, "");
    assert_int_equal(ask(&second, &note), LOCK_OVER);
    assert_string_equal(note, "it failed");
    assert_int_equal(ask(&second, &note), LOCK_BUSY);
    /* Giving up does not remove another process's lock. */
    cache_file_close(&second);
    assert_int_equal(access(path_of("locked/" KEY ".lock"), F_OK), 0);
    /* Killed in the middle of its note: the next one takes over, and reads no note of it. */
    assert_int_equal(write(third.lock, "half", 4), 4);
    close(third.lock);
    close(third.directory);
    assert_int_equal(ask(&first, &note), LOCK_HELD);
    assert_string_equal(note, "");
    cache_file_close(&first);
    assert_int_equal(access(path_of("locked/" KEY ".lock"), F_OK), -1);
}

static void test_holder_that_is_late(void **state) {
    struct cache_file stopped;
    struct cache_file second;
    struct cache_file third;
    const char *note = NULL;
    (void)state;
    assert_true(open_at(&stopped, "late/") && open_at(&second, "late/") &&
                open_at(&third, "late/"));
    /* Within its time, and in the grace after it, it is waited for. */
    holds_until = clock_monotonic_ms() + 60000;
    assert_int_equal(ask(&stopped, &note), LOCK_HELD);
    assert_int_equal(ask(&second, &note), LOCK_BUSY);
    cache_file_unlock(&stopped, SPAN(""));
    assert_int_equal(ask(&second, &note), LOCK_OVER);
    holds_until = clock_monotonic_ms() - 1000;
    assert_int_equal(ask(&stopped, &note), LOCK_HELD);
    assert_int_equal(ask(&second, &note), LOCK_BUSY);
    assert_int_equal(ask(&third, &note), LOCK_BUSY);
    cache_file_unlock(&stopped, SPAN(""));
    assert_int_equal(ask(&second, &note), LOCK_OVER);
    assert_int_equal(ask(&third, &note), LOCK_OVER);
    /* After that it is not. */
    holds_until = clock_monotonic_ms() - 3000;
    assert_int_equal(ask(&stopped, &note), LOCK_HELD);
    holds_until = clock_monotonic_ms() + 60000;
    assert_int_equal(ask(&second, &note), LOCK_OVER);
    assert_string_equal(note, "");
    assert_int_equal(ask(&second, &note), LOCK_HELD);
    /* Those who see that later wait for the new holder. */
    assert_int_equal(ask(&third, &note), LOCK_BUSY);
    /* The late one neither removes the new lock nor leaves a note in it. */
    cache_file_close(&stopped);
    assert_int_equal(access(path_of("late/" KEY ".lock"), F_OK), 0);
    assert_int_equal(ask(&third, &note), LOCK_BUSY);
    cache_file_unlock(&second, SPAN("it failed"));
    assert_int_equal(ask(&third, &note), LOCK_OVER);
    assert_string_equal(note, "it failed");
    cache_file_close(&second);
    cache_file_close(&third);
}

static void test_who_waits_for_one_that_was_replaced(void **state) {
    struct cache_file stopped;
    struct cache_file second;
    struct cache_file third;
    const char *note = NULL;
    (void)state;
    assert_true(open_at(&stopped, "late/") && open_at(&second, "late/") &&
                open_at(&third, "late/"));
    holds_until = clock_monotonic_ms() - 1000;
    assert_int_equal(ask(&stopped, &note), LOCK_HELD);
    assert_int_equal(ask(&third, &note), LOCK_BUSY);
    usleep(1100 * 1000);
    holds_until = clock_monotonic_ms() + 60000;
    assert_int_equal(ask(&second, &note), LOCK_OVER);
    assert_int_equal(ask(&second, &note), LOCK_HELD);
    assert_int_equal(ask(&third, &note), LOCK_OVER);
    assert_int_equal(ask(&third, &note), LOCK_BUSY);
    cache_file_close(&stopped);
    cache_file_close(&second);
    cache_file_close(&third);
}

static void test_what_a_holder_may_say(void **state) {
    static const char *const texts[] = {"",
                                        "until ",
                                        "until x\n",
                                        "until 1",
                                        "until -1\n",
                                        "until 99999999999999999999\n",
                                        "4 rejected\nadvice"};
    struct cache_file holder;
    struct cache_file second;
    const char *note = NULL;
    (void)state;
    assert_true(open_at(&holder, "says/") && open_at(&second, "says/"));
    holds_until = clock_monotonic_ms() + 60000;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(ask(&holder, &note), LOCK_HELD);
        assert_int_equal(ftruncate(holder.lock, 0), 0);
        assert_int_equal(pwrite(holder.lock, texts[i], strlen(texts[i]), 0), strlen(texts[i]));
        assert_int_equal(ask(&second, &note), LOCK_BUSY);
        cache_file_unlock(&holder, SPAN(""));
        assert_int_equal(ask(&second, &note), LOCK_OVER);
    }
    cache_file_close(&holder);
    cache_file_close(&second);
}

static void test_lock_that_is_something_else(void **state) {
    struct cache_file file;
    const char *note = NULL;
    (void)state;
    assert_true(open_at(&file, "else/"));
    assert_int_equal(mkfifo(path_of("else/" KEY ".lock"), 0600), 0);
    assert_int_equal(ask(&file, &note), LOCK_NONE);
    cache_file_close(&file);
    assert_int_equal(access(path_of("else/" KEY ".lock"), F_OK), 0);
    assert_int_equal(unlink(path_of("else/" KEY ".lock")), 0);
    assert_int_equal(symlink("/etc/hostname", path_of("else/" KEY ".lock")), 0);
    assert_true(open_at(&file, "else/"));
    assert_int_equal(ask(&file, &note), LOCK_NONE);
    cache_file_close(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_default_directories, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_invalid_names, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_writable_by_others, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_private_directory, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_links_and_other_things, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_lock, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_holder_that_is_late, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_who_waits_for_one_that_was_replaced, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_what_a_holder_may_say, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_lock_that_is_something_else, make_directory,
                                        remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
