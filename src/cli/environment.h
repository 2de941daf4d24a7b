/* The environment of the programs that we start. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#define TOKEN_VARIABLE "PINECONE_ACCESS_TOKEN="

/* Ours without the client secret's variables and without an old token, and with `more`,
 * "NAME=value", where that is not NULL. NULL: out of memory; the list is the caller's to free, its
 * texts are borrowed. */
char **environment_without_secrets(char *more);

#endif
