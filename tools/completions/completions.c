#include "completions.h"

#include <stdio.h>
#include <string.h>

bool completions_shows(enum option option) {
    return !option_has_trait(option, TRAIT_HIDDEN);
}

bool completions_is_long(enum option option) {
    return option_rows[option].name[1] == '-';
}

/* "a|b" with something else in between. */
void completions_print_choices(const char *argument, char between) {
    for (; *argument != '\0'; argument++) {
        putchar(*argument == '|' ? between : *argument);
    }
}

/* Names of all options that take a value. */
void completions_print_valued(const char *separator) {
    const char *before = "";
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (option_takes_value(i)) {
            printf("%s%s", before, option_rows[i].name);
            before = separator;
        }
    }
}

/* The first line of the help, without defaults. */
span completions_describe(const char *help) {
    span text = span_text(help);
    text = span_cut(text, 0, span_find(text, '\n'));
    return span_trim(span_cut(text, 0, span_find(text, '[')));
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", completions_bash}, {"zsh", completions_zsh}, {"fish", completions_fish}};
    for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].print();
            return 0;
        }
    }
    fputs("usage: completions bash|zsh|fish\n", stderr);
    return 2;
}
