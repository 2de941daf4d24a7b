/* What wolfSSL's users write: POST over its TLS, jq for the token. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        exit(1);
    }
    for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        int fd = socket(each->ai_family, each->ai_socktype, 0);
        if (connect(fd, each->ai_addr, each->ai_addrlen) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            return fd;
        }
        close(fd);
    }
    exit(1);
}

int main(int argc, char **argv) {
    char host[256], port[8], body[1024], request[2048], response[16384];
    if (argc != 3 || sscanf(argv[1], "https://%255[^:]:%7[0-9]", host, port) != 2) {
        return 2;
    }
    wolfSSL_Init();
    WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfTLS_client_method());
    if (wolfSSL_CTX_load_verify_locations(context, argv[2], NULL) != WOLFSSL_SUCCESS) {
        return 1;
    }
    WOLFSSL *tls = wolfSSL_new(context);
    wolfSSL_UseSNI(tls, WOLFSSL_SNI_HOST_NAME, host, (unsigned short)strlen(host));
    wolfSSL_check_domain_name(tls, host);
    wolfSSL_set_fd(tls, connect_to(host, port));
    int size = snprintf(body, sizeof body,
                        "{\"client_id\":\"%s\",\"client_secret\":\"%s\",\"audience\":\"https://"
                        "api.pinecone.io/\",\"grant_type\":\"client_credentials\"}",
                        getenv("PINECONE_CLIENT_ID"), getenv("PINECONE_CLIENT_SECRET"));
    size = snprintf(request, sizeof request,
                    "POST /oauth/token HTTP/1.1\r\nHost: %s\r\nX-Pinecone-Api-Version: "
                    "2025-04\r\nContent-Type: application/json\r\nContent-Length: "
                    "%d\r\nConnection: close\r\n\r\n%s",
                    host, size, body);
    if (wolfSSL_write(tls, request, size) != size) {
        return 1;
    }
    int total = 0, part;
    while ((part = wolfSSL_read(tls, response + total, (int)sizeof response - 1 - total)) > 0) {
        total += part;
    }
    response[total] = '\0';
    const char *token = strstr(response, "\"access_token\":\"");
    if (token == NULL) {
        return 1;
    }
    token += strlen("\"access_token\":\"");
    printf("%.*s\n", (int)strcspn(token, "\""), token);
    return 0;
}
