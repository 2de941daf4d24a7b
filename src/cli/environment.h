/* The environment of the programs that pinetoken starts. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#define TOKEN_VARIABLE "PINECONE_ACCESS_TOKEN="

/* Ours without the variables of the client secret and without an old token; with `more`,
 * "NAME=value", unless that is NULL. NULL: out of memory. The caller frees the list; its texts are
 * borrowed. */
char **environment_without_secrets(char *more);

#endif
