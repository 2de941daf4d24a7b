/* Reading and writing to the end, and files that are replaced atomically. */
#include "os/clock.h"
#include "os/file.h"
#include "os/io.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static int directory_fd;

static int make_directory(void **state) {
    (void)state;
    memcpy(directory, "/tmp/pinetoken-test-XXXXXX", sizeof "/tmp/pinetoken-test-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    directory_fd = open(directory, O_RDONLY | O_DIRECTORY);
    return directory_fd < 0 ? -1 : 0;
}

static int remove_directory(void **state) {
    char command[128];
    (void)state;
    close(directory_fd);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

/* ---- io -------------------------------------------------------------------------------------- */

static void *write_in_pieces(void *user) {
    int fd = *(int *)user;
    for (int i = 0; i < 5; i++) {
        usleep(2000);
        assert_int_equal(write(fd, "piece", 5), 5);
    }
    close(fd);
    return NULL;
}

static void read_pieces(int flags, int64_t deadline) {
    int ends[2];
    char data[64];
    size_t size = 0;
    pthread_t writer;
    assert_int_equal(pipe2(ends, flags), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_in_pieces, &ends[1]), 0);
    assert_true(io_read(ends[0], data, sizeof data, deadline, &size));
    assert_span(((span){data, size}), "piecepiecepiecepiecepiece");
    assert_int_equal(pthread_join(writer, NULL), 0);
    close(ends[0]);
}

static void test_read_to_the_end(void **state) {
    (void)state;
    read_pieces(0, IO_NO_DEADLINE);
    read_pieces(O_NONBLOCK, IO_NO_DEADLINE);
    read_pieces(0, clock_monotonic_ms() + 60000);
    read_pieces(O_NONBLOCK, clock_monotonic_ms() + 60000);
}

static void test_read_until_full(void **state) {
    int ends[2];
    char data[4];
    size_t size = 0;
    (void)state;
    assert_int_equal(pipe2(ends, 0), 0);
    assert_int_equal(write(ends[1], "12345", 5), 5);
    assert_true(io_read(ends[0], data, sizeof data, IO_NO_DEADLINE, &size));
    assert_span(((span){data, size}), "1234");
    close(ends[0]);
    close(ends[1]);
}

static void test_read_until_the_deadline(void **state) {
    (void)state;
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        int ends[2];
        char data[8];
        size_t size = 77;
        int64_t begin = clock_monotonic_ms();
        assert_int_equal(pipe2(ends, flags), 0);
        assert_int_equal(write(ends[1], "12", 2), 2);
        assert_false(io_read(ends[0], data, sizeof data, begin + 30, &size));
        assert_int_equal(errno, ETIMEDOUT);
        assert_int_equal(size, 77);
        int64_t took = clock_monotonic_ms() - begin;
        assert_true(took >= 30 && took <= 20000);
        close(ends[0]);
        close(ends[1]);
    }
}

static void test_invalid_descriptors(void **state) {
    char data[8];
    size_t size = 0;
    (void)state;
    assert_false(io_read(-1, data, sizeof data, IO_NO_DEADLINE, &size));
    assert_int_equal(errno, EBADF);
    assert_false(io_write(-1, "x", 1));
    assert_int_equal(errno, EBADF);
    assert_true(io_write(-1, "", 0));
}

static void *read_slowly(void *user) {
    int fd = *(int *)user;
    static char data[4096];
    size_t total = 0;
    ssize_t got = 0;
    while ((got = read(fd, data, sizeof data)) > 0) {
        total += (size_t)got;
        usleep(100);
    }
    return (void *)total;
}

static void test_write_more_than_fits(void **state) {
    (void)state;
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        static char data[300000];
        int ends[2];
        void *total = NULL;
        pthread_t reader;
        assert_int_equal(pipe2(ends, 0), 0);
        assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
        assert_int_equal(pthread_create(&reader, NULL, read_slowly, &ends[0]), 0);
        assert_true(io_write(ends[1], data, sizeof data));
        close(ends[1]);
        assert_int_equal(pthread_join(reader, &total), 0);
        assert_int_equal((size_t)total, sizeof data);
        close(ends[0]);
    }
}

/* Nobody reads: the text is lost, and soon. */
static void test_line_that_nobody_reads(void **state) {
    static char filler[4096];
    int ends[2];
    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], filler, sizeof filler) > 0) {
    }
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    int64_t begin = clock_monotonic_ms();
    io_write_line(ends[1], "line\n", 5);
    int64_t took = clock_monotonic_ms() - begin;
    assert_true(took >= 100 && took <= 20000);
    assert_int_equal(read(ends[0], filler, sizeof filler), sizeof filler);
    io_write_line(ends[1], "line\n", 5);
    close(ends[1]);
    size_t total = 0;
    ssize_t got = 0;
    while ((got = read(ends[0], filler, sizeof filler)) > 0) {
        total = (size_t)got;
    }
    assert_int_equal(total % sizeof filler, 5);
    close(ends[0]);
    io_write_line(-1, "line\n", 5);
}

/* ---- file ------------------------------------------------------------------------------------ */

static const struct file_attributes plain = {
    .mode = 0640, .owner = -1, .group = -1, .modified_at = 86400};

static void expect_content(const char *name, const char *content) {
    char data[64];
    size_t size = 0;
    int fd = openat(directory_fd, name, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(io_read(fd, data, sizeof data, IO_NO_DEADLINE, &size));
    assert_span(((span){data, size}), content);
    close(fd);
}

static bool is_there(const char *name) {
    return faccessat(directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_replace(void **state) {
    struct stat facts;
    (void)state;
    assert_true(file_replace(directory_fd, "name", SPAN("one"), &plain));
    assert_true(file_replace(directory_fd, "name", SPAN("another"), &plain));
    expect_content("name", "another");
    assert_int_equal(fstatat(directory_fd, "name", &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0640);
    assert_int_equal(facts.st_mtime, 86400);
    assert_false(is_there("name.pinetoken.part"));
    assert_true(file_remove(directory_fd, "name"));
    assert_false(is_there("name"));
    assert_false(file_remove(directory_fd, "name"));
    assert_int_equal(errno, ENOENT);
}

static void expect_unchanged(const char *name) {
    struct stat before;
    struct stat after;
    assert_int_equal(fstatat(directory_fd, name, &before, AT_SYMLINK_NOFOLLOW), 0);
    assert_false(file_replace(directory_fd, name, SPAN("x"), &plain));
    assert_int_equal(errno, EEXIST);
    assert_false(file_remove(directory_fd, name));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(fstatat(directory_fd, name, &after, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mode == after.st_mode);
    assert_false(is_there("name.pinetoken.part"));
}

static void test_what_is_not_a_regular_file(void **state) {
    (void)state;
    assert_int_equal(mkfifoat(directory_fd, "fifo", 0600), 0);
    expect_unchanged("fifo");
    assert_int_equal(mkdirat(directory_fd, "directory", 0700), 0);
    expect_unchanged("directory");
    assert_int_equal(symlinkat("target", directory_fd, "dangling"), 0);
    expect_unchanged("dangling");
    assert_true(file_replace(directory_fd, "target", SPAN("stays"), &plain));
    expect_unchanged("dangling");
    expect_content("target", "stays");
    if (geteuid() == 0 && mknodat(directory_fd, "null", S_IFCHR | 0666, 0x103) == 0) {
        expect_unchanged("null");
    }
}

static void test_temporary_files(void **state) {
    (void)state;
    /* Somebody's own file of a similar name. */
    close(openat(directory_fd, "name.part", O_WRONLY | O_CREAT, 0600));
    assert_true(file_replace(directory_fd, "name", SPAN("zero"), &plain));
    assert_true(is_there("name.part"));
    /* Left by a writer that was killed. */
    int fd = openat(directory_fd, "name.pinetoken.part", O_WRONLY | O_CREAT, 0600);
    assert_true(file_replace(directory_fd, "name", SPAN("one"), &plain));
    assert_false(is_there("name.pinetoken.part"));
    /* Of another writer that is running. */
    close(fd);
    fd = openat(directory_fd, "name.pinetoken.part", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_true(file_replace(directory_fd, "name", SPAN("two"), &plain));
    expect_content("name", "two");
    assert_true(is_there("name.pinetoken.part") && !is_there("name.1.pinetoken.part"));
    close(fd);
    /* Somebody's link or directory. */
    assert_int_equal(unlinkat(directory_fd, "name.pinetoken.part", 0), 0);
    assert_int_equal(symlinkat("name", directory_fd, "name.pinetoken.part"), 0);
    assert_int_equal(mkdirat(directory_fd, "name.1.pinetoken.part", 0700), 0);
    assert_true(file_replace(directory_fd, "name", SPAN("three"), &plain));
    assert_true(is_there("name.pinetoken.part") && is_there("name.1.pinetoken.part") &&
                !is_there("name.2.pinetoken.part"));
}

static void test_too_many_writers(void **state) {
    int fds[8];
    (void)state;
    for (int i = 0; i < 8; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, i == 0 ? "name.pinetoken.part" : "name.%d.pinetoken.part",
                       i);
        fds[i] = openat(directory_fd, name, O_WRONLY | O_CREAT, 0600);
        assert_int_equal(flock(fds[i], LOCK_EX), 0);
    }
    assert_false(file_replace(directory_fd, "name", SPAN("x"), &plain));
    assert_int_equal(errno, EBUSY);
    for (int i = 0; i < 8; i++) {
        close(fds[i]);
    }
    assert_true(file_replace(directory_fd, "name", SPAN("x"), &plain));
}

static void *write_often(void *user) {
    static const char one[] = "1111111111111111111111111111111111111111";
    static const char two[] = "2222222222222222222222222222222222222222";
    for (int i = 0; i < 300; i++) {
        assert_true(
            file_replace(directory_fd, "name", span_text(*(int *)user == 1 ? one : two), &plain));
    }
    return NULL;
}

/* Two writers of one file: a reader never finds a part of either, nor a mixture. */
static void test_two_writers(void **state) {
    int numbers[] = {1, 2};
    pthread_t writers[2];
    (void)state;
    assert_true(file_replace(directory_fd, "name", SPAN("1111111111111111111111111111111111111111"),
                             &plain));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&writers[i], NULL, write_often, &numbers[i]), 0);
    }
    for (int i = 0; i < 3000; i++) {
        char data[64];
        size_t size = 0;
        int fd = openat(directory_fd, "name", O_RDONLY);
        assert_true(fd >= 0 && io_read(fd, data, sizeof data, IO_NO_DEADLINE, &size));
        close(fd);
        assert_int_equal(size, 40);
        for (size_t at = 1; at < size; at++) {
            assert_int_equal(data[at], data[0]);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    }
    assert_false(is_there("name.pinetoken.part") || is_there("name.1.pinetoken.part"));
}

static void test_names_that_are_too_long(void **state) {
    char name[NAME_MAX + 1];
    char path[PATH_MAX + 16];
    pinetoken_error error;
    (void)state;
    memset(name, 'n', sizeof name);
    name[NAME_MAX - 15] = '\0';
    assert_true(file_replace(directory_fd, name, SPAN("x"), &plain));
    name[NAME_MAX - 15] = 'n';
    name[NAME_MAX - 14] = '\0';
    assert_false(file_replace(directory_fd, name, SPAN("x"), &plain));
    assert_int_equal(errno, ENAMETOOLONG);
    memset(path, '/', sizeof path);
    path[sizeof path - 2] = 'x';
    path[sizeof path - 1] = '\0';
    assert_false(file_write_atomically(path, SPAN("x"), &plain, &error));
    assert_message(error, "name too long");
}

static void test_by_path(void **state) {
    char path[128];
    pinetoken_error error;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/file", directory);
    assert_true(file_write_atomically(path, SPAN("x"), &plain, &error));
    expect_content("file", "x");
    assert_false(file_write_atomically("/nonexistent/file", SPAN("x"), &plain, &error));
    assert_int_equal(error.status, PINETOKEN_LOCAL);
    assert_int_equal(error.system_errno, ENOENT);
    assert_message(error, "\"/nonexistent/file\": cannot be written: No such file or directory");
    assert_false(file_write_atomically("/dev/null", SPAN("x"), &plain, &error));
    assert_message(error, "it is not a regular file (name a file, not a device");
    assert_false(file_write_atomically("/tmp/", SPAN("x"), &plain, &error));
    assert_message(error, "Is a directory");
    assert_false(file_write_atomically("/", SPAN("x"), &plain, &error));
    assert_false(file_write_atomically("", SPAN("x"), &plain, &error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_to_the_end),
        cmocka_unit_test(test_read_until_full),
        cmocka_unit_test(test_read_until_the_deadline),
        cmocka_unit_test(test_invalid_descriptors),
        cmocka_unit_test(test_write_more_than_fits),
        cmocka_unit_test(test_line_that_nobody_reads),
        cmocka_unit_test_setup_teardown(test_replace, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_what_is_not_a_regular_file, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_temporary_files, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_too_many_writers, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_two_writers, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_names_that_are_too_long, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_by_path, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
