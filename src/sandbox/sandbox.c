#include "sandbox/sandbox.h"

#include "base/buffer.h"
#include "os/random.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For valgrind and similar programs, which make system calls of their own. */
static bool is_switched_off;

/* ---- environment ----------------------------------------------------------------------------- */

void sandbox_wipe_environment(const char *kept) {
    for (char **each = environ; *each != NULL; each++) {
        if (kept == NULL || strncmp(*each, kept, strlen(kept)) != 0) {
            explicit_bzero(*each, strlen(*each));
        }
    }
    environ[0] = NULL;
}

/* ---- capabilities ---------------------------------------------------------------------------- */

/* From <linux/capability.h>, version 3 of its interface. */
#define SANDBOX_CAPABILITY_VERSION 0x20080522u
#define SANDBOX_READ_ANY_FILE (UINT32_C(1) << 2) /* CAP_DAC_READ_SEARCH */

struct sandbox_capabilities {
    uint32_t effective, permitted, inheritable;
};

/* Keeps those in `kept` that the process has, of the first 32. Dropping is never refused. */
static void sandbox_drop_capabilities(uint32_t kept) {
    /* The version of the interface, and the process: this one. */
    uint32_t header[2] = {SANDBOX_CAPABILITY_VERSION, 0};
    struct sandbox_capabilities sets[2] = {{0}};
    if (syscall(SYS_capget, header, sets) != 0) {
        return;
    }
    sets[0] = (struct sandbox_capabilities){
        .effective = sets[0].effective & kept,
        .permitted = sets[0].permitted & kept,
    };
    sets[1] = (struct sandbox_capabilities){0};
    syscall(SYS_capset, header, sets);
}

/* ---- both stages ----------------------------------------------------------------------------- */

static void sandbox_report(const struct log *log, const char *what) {
    log_event(log, EVENT_SANDBOX, span_text(what), -1);
}

void sandbox_enter(const struct requirements *requirements, const struct log *log) {
    char data[96];
    struct buffer text;
    const char *wish = getenv("PINETOKEN_SANDBOX");
    is_switched_off = wish != NULL && strcmp(wish, "no") == 0;
    if (is_switched_off) {
        sandbox_report(log, "none, as PINETOKEN_SANDBOX says");
        return;
    }
    buffer_init(&text, data, sizeof data);
    sandbox_drop_capabilities(SANDBOX_READ_ANY_FILE);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        buffer_append_text(&text, "no new privileges, ");
    }
    long abi = landlock_enter(requirements);
    buffer_append_text(&text, abi > 0 ? "Landlock " : "no Landlock");
    if (abi > 0) {
        buffer_append_number(&text, (uint64_t)abi);
    }
    bool is_filtered = (!requirements->has_streams || seccomp_enter(SECCOMP_STREAMS)) &&
                       seccomp_enter(SECCOMP_CONNECTING);
    buffer_append_text(&text, is_filtered ? ", seccomp" : ", no seccomp");
    sandbox_report(log, buffer_terminate(&text));
}

void sandbox_narrow(void) {
    random_keep_device();
    if (!is_switched_off) {
        sandbox_drop_capabilities(0);
        seccomp_enter(SECCOMP_CONNECTED);
    }
}
