/* Counts the instructions that a program of another processor runs under QEMU's user emulation: a
 * plugin, which prints a line for each process, with all of them and the most between two calls of
 * poll(2), whose number there it is given: what the longest step of a fetch takes.
 * (qemu-ARCH -plugin ./instructions.so,poll=NUMBER PROGRAM; QEMU's documentation, "TCG plugins".)
 * Debian's QEMU has plugins, but not their header: these are the parts of it that are used,
 * version 1. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
typedef void syscall_return_fn(plugin_id, unsigned vcpu, int64_t number, int64_t result);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*translated)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum qemu_plugin_op op,
                                              void *sum, uint64_t value);
void qemu_plugin_register_vcpu_syscall_ret_cb(plugin_id id, syscall_return_fn *returned);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*ended)(plugin_id, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);

EXPORTED int qemu_plugin_version = 1;

static uint64_t instructions;
static uint64_t before; /* this step */
static uint64_t longest;
static int64_t poll_number;
static pid_t process;

static void block_translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &instructions,
                                             qemu_plugin_tb_n_insns(block));
}

static void end_step(void) {
    longest = instructions - before > longest ? instructions - before : longest;
    before = instructions;
}

/* A process that was forked begins with what its parent had counted. */
static void call_returned(plugin_id id, unsigned vcpu, int64_t number, int64_t result) {
    (void)id, (void)vcpu, (void)result;
    if (process != getpid()) {
        process = getpid();
        instructions = before = longest = 0;
    }
    if (number == poll_number) {
        end_step();
    }
}

static void process_ended(plugin_id id, void *data) {
    (void)id, (void)data;
    end_step();
    fprintf(stderr, "instructions: %" PRIu64 ", longest step: %" PRIu64 "\n", instructions,
            longest);
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info;
    poll_number = argc > 0 && strncmp(argv[0], "poll=", 5) == 0 ? atoi(argv[0] + 5) : -1;
    process = getpid();
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_vcpu_syscall_ret_cb(id, call_returned);
    qemu_plugin_register_atexit_cb(id, process_ended, NULL);
    return 0;
}
