#include "completions.h"

#include <stdio.h>

static const char bash_start[] = "# Completion of pinetoken for bash.\n"
                                 "\n"
                                 "# The program that exec or agent runs.\n"
                                 "_pinetoken_program() {\n"
                                 "    local i=1\n"
                                 "    while [[ ${COMP_WORDS[i]} != -- ]]; do\n"
                                 "        ((i++))\n"
                                 "    done\n"
                                 "    if declare -F _command_offset > /dev/null; then\n"
                                 "        _command_offset $((i + 1))\n"
                                 "    elif ((COMP_CWORD == i + 1)); then\n"
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
    "# readline takes \"=\", \":\" and \"@\" for words; here they are parts of one.\n"
    "_pinetoken_split() {\n"
    "    local line=$COMP_LINE word\n"
    "    words=()\n"
    "    for word in \"${COMP_WORDS[@]:0:COMP_CWORD+1}\"; do\n"
    "        if ((${#words[@]} == 0)) || [[ $line == [[:blank:]]* ]]; then\n"
    "            line=${line#\"${line%%[![:blank:]]*}\"}\n"
    "            words+=(\"$word\")\n"
    "        else\n"
    "            words[-1]+=$word\n"
    "        fi\n"
    "        line=${line#\"$word\"}\n"
    "    done\n"
    "}\n"
    "\n"
    "# COMPREPLY as it takes the place of what readline calls a word.\n"
    "_pinetoken_reply() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]}\n"
    "    [[ $word == *[!=:@]* ]] || word=''\n"
    "    local before=${1%\"$word\"} i\n"
    "    # Unlike the others, \"@\" stays part of what is replaced.\n"
    "    before=${before%@}\n"
    "    for i in \"${!COMPREPLY[@]}\"; do\n"
    "        COMPREPLY[i]=${COMPREPLY[i]#\"$before\"}\n"
    "    done\n"
    "}\n"
    "\n"
    "_pinetoken() {\n"
    "    local words command='' count=0 i\n"
    "    _pinetoken_split\n"
    "    local last=$((${#words[@]} - 1))\n"
    "    local cur=${words[last]} prev=${words[last-1]} prefix=''\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < last; i++)); do\n"
    "        case ${words[i]} in\n"
    "            ";

static const char bash_end[] =
    ")\n"
    "                ((i++)) ;;\n"
    "            --) [[ $command == @(exec|agent) ]] && { _pinetoken_program; return; } ;;\n"
    "            -*) ;;\n"
    "            *) if [[ -z $command ]]; then command=${words[i]}; else ((count++)); fi ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ $cur == --*=* ]]; then\n"
    "        prev=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    if _pinetoken_value \"$prev\"; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]/#/$prefix}\")\n"
    "        _pinetoken_reply \"${words[last]}\"\n"
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
            completions_print_choices(row->argument, ' ');
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

static void print_name(enum option option, const char *separator) {
    const struct option_row *row = &option_rows[option];
    printf("%s%s", separator, row->name);
    if (completions_is_long(option) && option_letter(option) != '\0') {
        printf("%s-%c", separator[0] != '\0' ? separator : " ", option_letter(option));
    }
}

static void print_bash_options(enum command command) {
    printf("            %s) _pinetoken_words '", command_rows[command].name);
    const char *separator = "";
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (completions_shows(i) && option_is_taken(i, command)) {
            print_name(i, separator);
            separator = " ";
        }
    }
    printf("' ;;\n");
}

void completions_bash(void) {
    fputs(bash_start, stdout);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (completions_shows(i)) {
            print_bash_value(i);
        }
    }
    fputs(bash_middle, stdout);
    completions_print_valued(" | ");
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
