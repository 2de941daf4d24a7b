#include "completions.h"

#include <stdio.h>

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
    "                if contains -- \"$command\" exec agent\n"
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
    "# The program that exec or agent runs, and its arguments.\n"
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
            completions_print_choices(row->argument, ' ');
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
    if (completions_is_long(option)) {
        printf(" -l %s", option_letters(option));
    }
    if (option_letter(option) != '\0') {
        printf(" -s %c", option_letter(option));
    }
    print_fish_value(row);
    fputs(" -d ", stdout);
    print_fish_text(completions_describe(row->help));
    putchar('\n');
}

static void print_fish_commands(const char *condition) {
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        printf("complete -c pinetoken -n '%s' -x -a %s -d ", condition, command_rows[i].name);
        print_fish_text(completions_describe(command_rows[i].summary));
        putchar('\n');
    }
}

void completions_fish(void) {
    fputs(fish_start, stdout);
    putchar(' ');
    completions_print_valued(" ");
    fputs(fish_middle, stdout);
    print_fish_commands("__pinetoken_at \"\" 0");
    print_fish_commands("__pinetoken_at help 0");
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (completions_shows(i)) {
            print_fish_option(i);
        }
    }
}
