/* Completions for bash, zsh and fish, from the program's own table of options.
 *   completions bash|zsh|fish > FILE */
#include "cli/option_table.h"

#include <stdio.h>
#include <string.h>

/* ---- what all of them need ------------------------------------------------------------------- */

static bool is_shown(enum option option) {
    return !option_has_trait(option, TRAIT_HIDDEN);
}

static bool is_long(enum option option) {
    return option_rows[option].name[1] == '-';
}

/* "a|b" with something else in between. */
static void print_choices(const char *argument, char between) {
    for (; *argument != '\0'; argument++) {
        putchar(*argument == '|' ? between : *argument);
    }
}

/* Names of all options that take a value. */
static void print_valued(const char *separator) {
    const char *before = "";
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (option_takes_value(i)) {
            printf("%s%s", before, option_rows[i].name);
            before = separator;
        }
    }
}

/* The first line of the help, without defaults. */
static span description(const char *help) {
    span text = span_text(help);
    text = span_cut(text, 0, span_find(text, '\n'));
    return span_trim(span_cut(text, 0, span_find(text, '[')));
}

static void print_name(enum option option, const char *separator) {
    const struct option_row *row = &option_rows[option];
    printf("%s%s", separator, row->name);
    if (is_long(option) && row->letter != '\0') {
        printf("%s-%c", separator[0] != '\0' ? separator : " ", row->letter);
    }
}

/* ---- bash ------------------------------------------------------------------------------------ */

static const char bash_start[] = "# Completion of pinetoken for bash.\n"
                                 "\n"
                                 "# The program that exec runs; its name is word $1.\n"
                                 "_pinetoken_program() {\n"
                                 "    if declare -F _command_offset > /dev/null; then\n"
                                 "        _command_offset \"$1\"\n"
                                 "    elif ((COMP_CWORD == $1)); then\n"
                                 "        mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
                                 "    else\n"
                                 "        _pinetoken_files\n"
                                 "    fi\n"
                                 "}\n"
                                 "\n"
                                 "_pinetoken_files() {\n"
                                 "    compopt -o filenames 2> /dev/null\n"
                                 "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                                 "}\n"
                                 "\n"
                                 "_pinetoken_words() {\n"
                                 "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
                                 "}\n"
                                 "\n"
                                 "# The value of option $1. False: it takes none.\n"
                                 "_pinetoken_value() {\n"
                                 "    case $1 in\n";

static const char bash_middle[] =
    "        *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_pinetoken() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command='' count=0 prefix='' i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n";

/* "=" is a word of its own, or part of one if COMP_WORDBREAKS lacks it. */
static const char bash_end[] =
    "            --) [[ $command == exec ]] && { _pinetoken_program $((i + 1)); return; } ;;\n"
    "            -* | =) ;;\n"
    "            *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((count++)); fi ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=''\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        prev=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    if _pinetoken_value \"$prev\"; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]/#/$prefix}\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        case ${command:-token} in\n";

static const char bash_words[] =
    "        esac\n"
    "    elif [[ -z $command || $command == help && $count == 0 ]]; then\n"
    "        _pinetoken_words '";

static const char bash_last[] = "'\n"
                                "    elif [[ $command == api && $count == 0 ]]; then\n"
                                "        _pinetoken_words 'GET POST PUT PATCH DELETE'\n"
                                "    fi\n"
                                "}\n"
                                "complete -F _pinetoken pinetoken\n";

static void print_bash_value(enum option option) {
    const struct option_row *row = &option_rows[option];
    switch ((enum option_value)row->value) {
        case VALUE_NONE: break;
        case VALUE_TEXT: printf("        %s) ;;\n", row->name); break;
        case VALUE_FILE: printf("        %s) _pinetoken_files ;;\n", row->name); break;
        case VALUE_CHOICE:
            printf("        %s) _pinetoken_words '", row->name);
            print_choices(row->argument, ' ');
            printf("' ;;\n");
            break;
        case VALUE_DATA:
            printf("        %s)\n"
                   "            if [[ $cur == @* ]]; then\n"
                   "                cur=${cur#@}\n"
                   "                _pinetoken_files\n"
                   "                COMPREPLY=(\"${COMPREPLY[@]/#/@}\")\n"
                   "            fi\n"
                   "            ;;\n",
                   row->name);
            break;
    }
}

static void print_bash_options(enum command command) {
    printf("            %s) _pinetoken_words '", command_rows[command].name);
    const char *separator = "";
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (is_shown(i) && option_is_taken(i, command)) {
            print_name(i, separator);
            separator = " ";
        }
    }
    printf("' ;;\n");
}

static void print_bash(void) {
    fputs(bash_start, stdout);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (is_shown(i)) {
            print_bash_value(i);
        }
    }
    fputs(bash_middle, stdout);
    print_valued(" | ");
    printf(")\n"
           "                [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
           "                ((i++)) ;;\n");
    fputs(bash_end, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        print_bash_options(i);
    }
    fputs(bash_words, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        printf("%s%s", i > 0 ? " " : "", command_rows[i].name);
    }
    fputs(bash_last, stdout);
}

/* ---- zsh ------------------------------------------------------------------------------------- */

static const char zsh_start[] = "#compdef pinetoken\n"
                                "# Completion of pinetoken for zsh.\n"
                                "local command='' i\n"
                                "for ((i = 2; i < CURRENT; i++)); do\n"
                                "    case $words[i] in\n";

static const char zsh_middle[] = ") ((i++)) ;;\n"
                                 "        --)\n"
                                 "            if [[ $command == exec ]]; then\n"
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
            print_choices(row->argument, ' ');
            putchar(')');
            break;
    }
}

static void print_zsh_option(enum option option, const char *name) {
    const struct option_row *row = &option_rows[option];
    bool has_letter = is_long(option) && row->letter != '\0';
    fputs("            '", stdout);
    if (option_has_trait(option, TRAIT_REPEATABLE)) {
        putchar('*');
    } else if (has_letter) {
        printf("(%s -%c)", row->name, row->letter);
    }
    printf("%s%s[", name, option_takes_value(option) ? "=" : "");
    print_zsh_text(description(row->help));
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
        const char letter[] = {'-', option_rows[i].letter, '\0'};
        if (!is_shown(i) || !option_is_taken(i, command)) {
            continue;
        }
        print_zsh_option(i, option_rows[i].name);
        if (is_long(i) && letter[1] != '\0') {
            print_zsh_option(i, letter);
        }
    }
    print_zsh_words(command);
}

static void print_zsh(void) {
    fputs(zsh_start, stdout);
    print_valued(" | ");
    fputs(zsh_middle, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        printf("    '%s:", command_rows[i].name);
        print_zsh_text(description(command_rows[i].summary));
        puts("'");
    }
    fputs(zsh_end, stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        print_zsh_command(i);
    }
    puts("esac");
}

/* ---- fish ------------------------------------------------------------------------------------ */

static const char fish_start[] =
    "# Completion of pinetoken for fish.\n"
    "\n"
    "# Prints the command that is typed, how many words follow it, and the number of \"--\".\n"
    "function __pinetoken_words\n"
    "    set -l words (commandline -opc)\n"
    "    set -l command\n"
    "    set -l count 0\n"
    "    set -l i 2\n"
    "    while test $i -le (count $words)\n"
    "        switch $words[$i]\n"
    "            case";

static const char fish_middle[] =
    "\n"
    "                set i (math $i + 1)\n"
    "            case --\n"
    "                if test \"$command\" = exec\n"
    "                    printf '%s\\n' program $i\n"
    "                    return\n"
    "                end\n"
    "            case '-*'\n"
    "            case '*'\n"
    "                if test -z \"$command\"\n"
    "                    set command $words[$i]\n"
    "                else\n"
    "                    set count (math $count + 1)\n"
    "                end\n"
    "        end\n"
    "        set i (math $i + 1)\n"
    "    end\n"
    "    printf '%s\\n' \"$command\" $count\n"
    "end\n"
    "\n"
    "# Whether one of these is the command.\n"
    "function __pinetoken_in\n"
    "    set -l words (__pinetoken_words)\n"
    "    test -z \"$words[1]\"; and set words[1] token\n"
    "    contains -- $words[1] $argv\n"
    "end\n"
    "\n"
    "# Whether this is the command, and so many words follow it.\n"
    "function __pinetoken_at\n"
    "    set -l words (__pinetoken_words)\n"
    "    test \"$words[1]\" = \"$argv[1]\" -a \"$words[2]\" = $argv[2]\n"
    "end\n"
    "\n"
    "# The program that exec runs, and its arguments.\n"
    "function __pinetoken_program\n"
    "    set -l words (commandline -opc)\n"
    "    set -l skipped (__pinetoken_words)[2]\n"
    "    complete -C (string join ' ' -- (string escape -- $words[(math $skipped + 1)..]) "
    "(commandline -ct))\n"
    "end\n"
    "\n"
    "# The name of a file after \"@\".\n"
    "function __pinetoken_data\n"
    "    set -l token (commandline -ct | string replace -r '^--data=' '')\n"
    "    string match -q '@*' -- $token; or return\n"
    "    string replace -r '^' @ -- (__fish_complete_path (string sub -s 2 -- $token))\n"
    "end\n"
    "\n"
    "complete -c pinetoken -f\n"
    "complete -c pinetoken -n '__pinetoken_in program' -x -a '(__pinetoken_program)'\n"
    "complete -c pinetoken -n '__pinetoken_at api 0' -x -a 'GET POST PUT PATCH DELETE'\n";

/* Within single quotes. */
static void print_fish_text(span text) {
    putchar('\'');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\') {
            putchar('\\');
        }
        putchar(text.data[i]);
    }
    putchar('\'');
}

static void print_fish_value(const struct option_row *row) {
    switch ((enum option_value)row->value) {
        case VALUE_NONE: break;
        case VALUE_TEXT: fputs(" -x", stdout); break;
        case VALUE_FILE: fputs(" -r -F", stdout); break;
        case VALUE_DATA: fputs(" -x -a '(__pinetoken_data)'", stdout); break;
        case VALUE_CHOICE:
            fputs(" -x -a '", stdout);
            print_choices(row->argument, ' ');
            putchar('\'');
            break;
    }
}

static void print_fish_option(enum option option) {
    const struct option_row *row = &option_rows[option];
    fputs("complete -c pinetoken -n '__pinetoken_in", stdout);
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        if (option_is_taken(option, i)) {
            printf(" %s", command_rows[i].name);
        }
    }
    putchar('\'');
    if (is_long(option)) {
        printf(" -l %s", option_letters(option));
    }
    if (row->letter != '\0') {
        printf(" -s %c", row->letter);
    }
    print_fish_value(row);
    fputs(" -d ", stdout);
    print_fish_text(description(row->help));
    putchar('\n');
}

static void print_fish_commands(const char *condition) {
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        printf("complete -c pinetoken -n '%s' -x -a %s -d ", condition, command_rows[i].name);
        print_fish_text(description(command_rows[i].summary));
        putchar('\n');
    }
}

static void print_fish(void) {
    fputs(fish_start, stdout);
    putchar(' ');
    print_valued(" ");
    fputs(fish_middle, stdout);
    print_fish_commands("__pinetoken_at \"\" 0");
    print_fish_commands("__pinetoken_at help 0");
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (is_shown(i)) {
            print_fish_option(i);
        }
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
