#include "completions.h"

#include <stdio.h>
#include <string.h>

static const char zsh_start[] = "#compdef pinetoken\n"
                                "# Completion of pinetoken for zsh.\n"
                                "local command='' i\n"
                                "for ((i = 2; i < CURRENT; i++)); do\n"
                                "    case $words[i] in\n";

static const char zsh_middle[] = ") ((i++)) ;;\n"
                                 "        --)\n"
                                 "            if [[ $command == (exec|agent) ]]; then\n"
                                 "                shift $i words\n"
                                 "                ((CURRENT -= i))\n"
                                 "                _normal\n"
                                 "                return\n"
                                 "            fi ;;\n"
                                 "        -*) ;;\n"
                                 "        *) : ${command:=$words[i]} ;;\n"
                                 "    esac\n"
                                 "done\n"
                                 "local -a commands=(\n";

static const char zsh_end[] = ")\n"
                              "case ${command:-token} in\n";

/* Within single quotes, and what _arguments splits at. */
static void print_zsh_text(span text) {
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("[]:\\", text.data[i]) != NULL) {
            putchar('\\');
        }
        if (text.data[i] == '\'') {
            fputs("'\\'", stdout);
        }
        putchar(text.data[i]);
    }
}

static void print_zsh_value(const struct option_row *row) {
    switch ((enum option_value)row->value) {
        case VALUE_NONE: break;
        case VALUE_TEXT:
            putchar(':');
            print_zsh_text(span_text(row->argument));
            fputs(": ", stdout);
            break;
        case VALUE_FILE: fputs(":file:_files", stdout); break;
        case VALUE_DATA: fputs(":body:{compset -P @ && _files}", stdout); break;
        case VALUE_CHOICE:
            fputs(":choice:(", stdout);
            completions_print_choices(row->argument, ' ');
            putchar(')');
            break;
    }
}

static void print_zsh_option(enum option option, const char *name) {
    const struct option_row *row = &option_rows[option];
    bool has_letter = completions_is_long(option) && option_letter(option) != '\0';
    fputs("            '", stdout);
    if (option_has_trait(option, TRAIT_REPEATABLE)) {
        putchar('*');
    } else if (has_letter) {
        printf("(%s -%c)", row->name, option_letter(option));
    }
    printf("%s%s[", name, option_takes_value(option) ? "=" : "");
    print_zsh_text(completions_describe(row->help));
    putchar(']');
    print_zsh_value(row);
    puts("' \\");
}

static void print_zsh_words(enum command command) {
    if (command == COMMAND_API) {
        puts("            '2:method:(GET POST PUT PATCH DELETE)' \\\n"
             "            '3:path: ' \\");
    } else if (command == COMMAND_HELP) {
        puts("            '2:topic:{_describe topic commands}' \\");
    }
    puts("            '1:command:{_describe command commands}' ;;");
}

static void print_zsh_command(enum command command) {
    printf("    %s)\n        _arguments -s \\\n", command_rows[command].name);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        const char letter[] = {'-', option_letter(i), '\0'};
        if (!completions_shows(i) || !option_is_taken(i, command)) {
            continue;
        }
        print_zsh_option(i, option_rows[i].name);
        if (completions_is_long(i) && letter[1] != '\0') {
            print_zsh_option(i, letter);
        }
    }
    print_zsh_words(command);
}

void completions_zsh(void) {
    fputs(zsh_start, stdout);
    completions_print_valued(" | ");
    fputs(zsh_middle, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        printf("    '%s:", command_rows[i].name);
        print_zsh_text(completions_describe(command_rows[i].summary));
        puts("'");
    }
    fputs(zsh_end, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        print_zsh_command(i);
    }
    puts("esac");
}
