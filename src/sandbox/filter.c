#include "sandbox/filter.h"

void filter_add(struct filter *filter, uint16_t code, unsigned if_true, unsigned if_false,
                uint32_t k) {
    if (filter->count < FILTER_INSTRUCTIONS_MAX) {
        filter->instructions[filter->count] =
            (struct filter_instruction){code, (uint8_t)if_true, (uint8_t)if_false, k};
    }
    filter->count++;
}

void filter_return(struct filter *filter, uint32_t action) {
    filter_add(filter, BPF_RETURN, 0, 0, action);
}

void filter_start(struct filter *filter, uint32_t architecture) {
    filter->count = 0;
    filter->instructions = filter->room;
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_ARCHITECTURE);
    filter_add(filter, BPF_JUMP_IF_EQUAL, 1, 0, architecture);
    filter_return(filter, FILTER_KILL);
}

void filter_decide(struct filter *filter, uint32_t number, uint32_t action) {
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 1, number);
    filter_return(filter, action);
}

void filter_decide_list(struct filter *filter, const uint16_t *numbers, size_t count,
                        uint32_t action) {
    for (size_t i = 0; i < count; i++) {
        filter_decide(filter, numbers[i], action);
    }
}

/* What is skipped is patched in at the end. */
uint16_t filter_begin(struct filter *filter, uint32_t number) {
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 0, number);
    return filter->count;
}

void filter_when(struct filter *filter, unsigned argument, uint32_t mask, uint32_t value,
                 uint32_t action) {
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(argument));
    filter_add(filter, BPF_AND, 0, 0, mask);
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 1, value);
    filter_return(filter, action);
}

void filter_end(struct filter *filter, uint16_t begin, uint32_t otherwise) {
    filter_return(filter, otherwise);
    if (filter->count <= FILTER_INSTRUCTIONS_MAX) {
        filter->instructions[begin - 1].if_false = (uint8_t)(filter->count - begin);
    }
}
