/* Replies of the DNS, and the files of names, as any bytes: read within their bounds; what is taken
 * lies in them, and a reply stays the same if bytes follow it. */
#include "dns/files.h"
#include "dns/message.h"
#include "fuzz.h"

static void check_reply(const char *data, size_t size, span query) {
    struct dns_addresses addresses = {.count = 0};
    struct dns_addresses cut = {.count = 0};
    enum dns_reply reply = dns_read_reply((span){data, size}, query, &addresses);
    REQUIRE(addresses.count <= LIMIT_ADDRESSES);
    REQUIRE((reply == DNS_ADDRESSES) == (addresses.count > 0));
    for (size_t i = 0; i < addresses.count; i++) {
        REQUIRE(memmem(data, size, addresses.list[i], addresses.size) != NULL);
    }
    /* Without its last byte it has no address that it did not have. */
    if (size > 0 && dns_read_reply((span){data, size - 1}, query, &cut) == DNS_ADDRESSES) {
        REQUIRE(reply == DNS_ADDRESSES && cut.count <= addresses.count);
        REQUIRE(memcmp(cut.list, addresses.list, sizeof cut.list[0] * cut.count) == 0);
    }
}

static void check_files(const char *data, size_t size) {
    struct dns_configuration configuration;
    span lines = {data, size};
    span part;
    dns_read_configuration(lines, &configuration);
    REQUIRE(configuration.server_count <= LIMIT_DNS_LINES);
    for (size_t i = 0; i < configuration.server_count; i++) {
        REQUIRE(configuration.servers[i].size > 0);
        REQUIRE(lies_within(configuration.servers[i], data, size));
    }
    while (dns_next_word(&configuration.search, &part)) {
        REQUIRE(part.size > 0 && lies_within(part, data, size));
    }
    while (dns_next_host(&lines, SPAN("a.test"), &part)) {
        REQUIRE(part.size > 0 && lies_within(part, data, size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};
    char room[DNS_QUERY_MAX];
    struct buffer query;
    uint8_t choice = take_choice(&data, &size);
    buffer_init(&query, room, sizeof room);
    REQUIRE(dns_write_query(&query, 0x6161, SPAN("a.test"), types[choice % 2]));
    char *copy = copy_of(data, size);
    check_reply(copy, size, buffer_span(&query));
    check_files(copy, size);
    /* As a name. */
    buffer_init(&query, room, sizeof room);
    bool is_name = dns_write_query(&query, 0, (span){copy, size}, DNS_A);
    REQUIRE(!is_name || (size > 0 && size <= LIMIT_HOST + 1 && copy[0] != '.'));
    free(copy);
    return 0;
}
