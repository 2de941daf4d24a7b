/* A host that has just started, around the program: linked in with --wrap, controlled by the
 * environment.
 *   MACHINE_CLOCK=3600          what the clock says at the program's start, Unix time
 *   MACHINE_CLOCK_SET_MS=500    this long after the start it is set right
 *   MACHINE_RANDOM_MS=500       this long after the start the kernel has randomness
 *   MACHINE_GETRANDOM=38        getrandom fails with this errno (38: ENOSYS)
 *   MACHINE_OLD=1               the kernel has neither Landlock nor seccomp nor close_range
 * Without them nothing is changed. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
time_t __wrap_time(time_t *out);
ssize_t __real_getrandom(void *data, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags);

/* What the environment says at the first call: a worker's is wiped later. -1: nothing. */
static int64_t machine_clock = -1;
static int64_t machine_clock_set_ms = -1;
static int64_t machine_random_ms = -1;
static int64_t machine_getrandom = -1;
static int64_t machine_old = -1;

static int64_t number_of(const char *name) {
    const char *text = getenv(name);
    return text == NULL ? -1 : strtoll(text, NULL, 10);
}

static void read_environment(void) {
    static int is_read;
    if (is_read++ > 0) {
        return;
    }
    machine_clock = number_of("MACHINE_CLOCK");
    machine_clock_set_ms = number_of("MACHINE_CLOCK_SET_MS");
    machine_random_ms = number_of("MACHINE_RANDOM_MS");
    machine_getrandom = number_of("MACHINE_GETRANDOM");
    machine_old = number_of("MACHINE_OLD");
}

/* Milliseconds since the first call. */
static int64_t running_ms(void) {
    static int64_t start = -1;
    struct timespec now;
    (void)__real_clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    start = start < 0 ? ms : start;
    return ms - start;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
    read_environment();
    int64_t wrong = machine_clock;
    int64_t set_ms = machine_clock_set_ms;
    int64_t running = running_ms();
    if (clock != CLOCK_REALTIME || wrong < 0 || (set_ms >= 0 && running >= set_ms)) {
        return __real_clock_gettime(clock, now);
    }
    *now = (struct timespec){.tv_sec = (time_t)(wrong + running / 1000)};
    return 0;
}

time_t __wrap_time(time_t *out) {
    struct timespec now;
    (void)__wrap_clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags) {
    read_environment();
    if (machine_getrandom > 0) {
        errno = (int)machine_getrandom;
        return -1;
    }
    /* GRND_NONBLOCK: what would block says so. */
    if (running_ms() < machine_random_ms) {
        errno = EAGAIN;
        return (flags & 1) != 0 ? -1 : __real_getrandom(data, size, flags);
    }
    return __real_getrandom(data, size, flags);
}

/* Landlock's are the only ones that the program makes by number, beside close_range. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
    long arguments[4];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 4; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    read_environment();
    if (machine_old > 0) {
        errno = ENOSYS;
        return -1;
    }
    return __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3]);
}

#define SET_SECCOMP 22
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...) {
    unsigned long arguments[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++) {
        arguments[i] = va_arg(list, unsigned long);
    }
    va_end(list);
    read_environment();
    if (machine_old > 0 && (option == SET_SECCOMP || option == PR_SET_NO_NEW_PRIVS)) {
        errno = EINVAL;
        return -1;
    }
    return __real_prctl(option, arguments[0], arguments[1], arguments[2], arguments[3]);
}
