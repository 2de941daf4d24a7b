/* Completions for bash, zsh and fish, from the program's own table of options.
 *   completions bash|zsh|fish > FILE */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static bool is_choice(const char *argument) {
    return strchr(argument, '|') != NULL;
}

static bool is_file(const char *argument) {
    return strstr(argument, "FILE") != NULL || strcmp(argument, "PEM") == 0;
}

/* "a|b" with something else in between. */
static void print_choices(const char *argument, char between) {
    for (; *argument != '\0'; argument++) {
        putchar(*argument == '|' ? between : *argument);
    }
}

static bool is_shown(const struct option_row *row) {
    return option_help(row)[0] != '\0';
}

static void print_names(bool (*wanted)(const char *argument), char between) {
    const char *separator = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (is_shown(&option_rows[i]) &&
            (wanted == NULL || wanted(option_argument(&option_rows[i])))) {
            printf("%s%s", separator, option_rows[i].name);
            separator = between == '|' ? "|" : " ";
        }
    }
}

static bool is_other(const char *argument) {
    return argument[0] != '\0' && !is_choice(argument) && !is_file(argument);
}

static void print_commands(void) {
    for (size_t i = 0; command_names[i] != NULL; i++) {
        printf("%s%s", i > 0 ? " " : "", command_names[i]);
    }
}

static void print_bash(void) {
    printf("_pinetoken() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    COMPREPLY=()\n"
           "    case $prev in\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (is_choice(option_argument(&option_rows[i]))) {
            printf("        %s) COMPREPLY=($(compgen -W \"", option_rows[i].name);
            print_choices(option_argument(&option_rows[i]), ' ');
            printf("\" -- \"$cur\")); return ;;\n");
        }
    }
    printf("        ");
    print_names(is_file, '|');
    printf(") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n        ");
    print_names(is_other, '|');
    printf(") return ;;\n"
           "    esac\n"
           "    if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W \"");
    print_names(NULL, ' ');
    printf("\" -- \"$cur\"))\n    else\n        COMPREPLY=($(compgen -W \"");
    print_commands();
    printf("\" -- \"$cur\"))\n    fi\n}\n"
           "complete -F _pinetoken pinetoken\n");
}

/* Within single quotes and _arguments' brackets. */
static void print_zsh_text(const char *text) {
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL) {
            putchar('\\');
        }
        fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, stdout);
    }
}

static void print_zsh(void) {
    printf("#compdef pinetoken\n_arguments -s \\\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        const char *argument = option_argument(row);
        if (!is_shown(row)) {
            continue;
        }
        printf("    '%s%s%s[", row->repeatable ? "*" : "", row->name,
               argument[0] != '\0' && row->name[1] == '-' ? "=" : "");
        print_zsh_text(option_help(row));
        putchar(']');
        if (argument[0] != '\0') {
            putchar(':');
            print_zsh_text(is_choice(argument) ? "one of" : argument);
            putchar(':');
        }
        if (is_choice(argument)) {
            putchar('(');
            print_choices(argument, ' ');
            putchar(')');
        } else if (is_file(argument)) {
            printf("_files");
        }
        printf("' \\\n");
    }
    printf("    '1:command:(");
    print_commands();
    printf(")'\n");
}

static void print_fish(void) {
    printf("complete -c pinetoken -f\n"
           "complete -c pinetoken -n __fish_use_subcommand -a '");
    print_commands();
    printf("'\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        const char *argument = option_argument(row);
        if (!is_shown(row)) {
            continue;
        }
        printf("complete -c pinetoken -%c %s", row->name[1] == '-' ? 'l' : 's',
               row->name + (row->name[1] == '-' ? 2 : 1));
        if (argument[0] != '\0') {
            printf(is_file(argument) ? " -r -F" : " -x");
        }
        if (is_choice(argument)) {
            printf(" -a '");
            print_choices(argument, ' ');
            printf("'");
        }
        printf(" -d \"%s\"\n", option_help(row));
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].print();
            return 0;
        }
    }
    fputs("usage: completions bash|zsh|fish\n", stderr);
    return 2;
}
