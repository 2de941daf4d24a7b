/* A seccomp filter: a program of classic BPF that is written instruction by instruction. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

struct filter_instruction {
    uint16_t code;
    uint8_t if_true, if_false; /* instructions to skip */
    uint32_t k;
};

#define FILTER_INSTRUCTIONS_MAX 320u

/* struct sock_fprog, with room for its instructions after it. */
struct filter {
    uint16_t count; /* over FILTER_INSTRUCTIONS_MAX: it did not fit */
    struct filter_instruction *instructions;
    struct filter_instruction room[FILTER_INSTRUCTIONS_MAX];
};

/* The codes of BPF that are used. */
enum { BPF_LOAD = 0x20, BPF_AND = 0x54, BPF_JUMP_IF_EQUAL = 0x15, BPF_RETURN = 0x06 };
/* What becomes of a call. */
#define FILTER_ALLOW 0x7fff0000u
#define FILTER_KILL 0x80000000u
#define FILTER_TRAP 0x00030000u
#define FILTER_ERROR(number) (0x00050000u | (uint32_t)(number)) /* 0: nothing is done */
/* struct seccomp_data: number, architecture, instruction pointer (64 bits), six arguments of 64
 * bits each. */
#define FILTER_NUMBER 0u
#define FILTER_ARCHITECTURE 4u
#define FILTER_LOW(argument) (16u + 8u * (argument) + (BYTE_ORDER == BIG_ENDIAN ? 4u : 0u))
#define FILTER_HIGH(argument) (16u + 8u * (argument) + (BYTE_ORDER == BIG_ENDIAN ? 0u : 4u))

/* Ends the process if a call is of another architecture. */
void filter_start(struct filter *filter, uint32_t architecture);
void filter_add(struct filter *filter, uint16_t code, unsigned if_true, unsigned if_false,
                uint32_t k);
void filter_return(struct filter *filter, uint32_t action);
/* The number of the call is loaded: one, or one of a list. */
void filter_decide(struct filter *filter, uint32_t number, uint32_t action);
void filter_decide_list(struct filter *filter, const uint16_t *numbers, size_t count,
                        uint32_t action);

/* One call with conditions: filter_begin, then conditions, of which the first that holds decides,
 * then filter_end. */
uint16_t filter_begin(struct filter *filter, uint32_t number);
/* Where the bits `mask` of the argument's lower half are `value`. */
void filter_when(struct filter *filter, unsigned argument, uint32_t mask, uint32_t value,
                 uint32_t action);
void filter_end(struct filter *filter, uint16_t begin, uint32_t otherwise);

#endif
