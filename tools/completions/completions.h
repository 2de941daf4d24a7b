/* Completions for bash, zsh and fish, from the program's own table of options.
 *   completions bash|zsh|fish > FILE */
#ifndef COMPLETIONS_H
#define COMPLETIONS_H

#include "cli/option_table.h"

/* To standard output. */
void completions_bash(void);
void completions_zsh(void);
void completions_fish(void);

/* Whether it is offered at all. */
bool completions_shows(enum option option);
/* It has a name of more than a letter. */
bool completions_is_long(enum option option);
/* "a|b" with something else in between. */
void completions_print_choices(const char *argument, char between);
/* Names of all options that take a value. */
void completions_print_valued(const char *separator);
/* The first line of the help, without defaults. */
span completions_describe(const char *help);

#endif
