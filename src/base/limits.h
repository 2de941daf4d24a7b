/* Every limit of the library, with its reason. Going over one is an ordinary error. Sizes are in
 * bytes. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* A limit as text, for sentences that name it: LIMIT_TEXT(LIMIT_TOKEN) is "16384". Such a limit is
 * written without a suffix. */
#define LIMIT_TEXT(limit) LIMIT_TEXT_OF(limit)
#define LIMIT_TEXT_OF(digits) #digits

/* The bound of the command-line contract for client ID and secret; issuers use 32 to 128. */
#define LIMIT_CREDENTIAL 4096
/* Two kilobytes is what the rest of the web takes for a URL. */
#define LIMIT_URL 2048u
/* RFC 1035 2.3.4: a name in text form without the final dot. */
#define LIMIT_HOST 253u
/* The request's head is built in front of its body in this much room; CDNs take 8 to 16 KiB. */
#define LIMIT_REQUEST_HEAD 8192u
/* Status line and fields, interim responses (1xx) included, so that an endless run of them ends.
 * Cookies and policies of 9 KiB exist; curl and nginx stop between 8 and 32. */
#define LIMIT_RESPONSE_HEAD 16384
/* h11 and nginx both stop near here; a CDN sends about 25. */
#define LIMIT_RESPONSE_FIELDS 100
/* A 16 KiB token, its members and blanks between them. */
#define LIMIT_RESPONSE_BODY 20480u
/* Bytes of chunk sizes, extensions, ends and trailers in one response: 4,096 chunks of the least
 * framing. */
#define LIMIT_CHUNK_FRAMING 20480u
/* RFC 9112 7.1: 16 digits are 64 bits. */
#define LIMIT_CHUNK_DIGITS 16
/* JWTs with many scopes reach 4 KiB; proxies refuse header fields over 16. */
#define LIMIT_TOKEN 16384
/* Containers within containers of a response; real ones have one. */
#define LIMIT_JSON_DEPTH 32u
/* Digits of a JSON number that is read: more cannot be meant. */
#define LIMIT_JSON_NUMBER 32u
/* A year: no token is assumed to be valid for longer. Seconds. */
#define LIMIT_EXPIRES_IN 31536000u
/* What Retry-After may ask for and still be taken at its word: a week. Seconds. */
#define LIMIT_RETRY_AFTER 604800u
/* The last Unix time of four-digit years, 9999-12-31 23:59:59: no later one is meant. */
#define LIMIT_UNIX_TIME 253402300799
/* Foreign text quoted in a message. */
#define LIMIT_QUOTE 96u
/* Addresses of one name that are tried. */
#define LIMIT_ADDRESSES 16u
/* Name servers of /etc/resolv.conf that are asked, as the C libraries do. */
#define LIMIT_DNS_SERVERS 3u
/* Lines that may name one, those without a valid address among them. */
#define LIMIT_DNS_LINES 8u
/* Connection Attempt Delay (RFC 8305 5): how long an address is tried before the next one joins. */
#define LIMIT_DIAL_DELAY_MS 250
/* What a step of the client receives and sends before it returns to the caller's loop, whatever the
 * peer still says: two of TLS's largest records, and one more that the last transfer may bring. */
#define LIMIT_STEP_BYTES 32768
/* What a transfer counts beside its bytes: a step ends after 64 of the smallest, too. */
#define LIMIT_STEP_TRANSFER 512
/* A certificate chain; Mbed TLS takes no longer ones either. */
#define LIMIT_CHAIN 10u
/* Certificates that a server sends: one message, of at most 16 KiB in Mbed TLS, has no room for
 * more than 56 of the smallest (P-256, a short name). */
#define LIMIT_PEER_CERTIFICATES 64u
/* Roots that have the name of an issuer somewhere in them: a CA that changed its key has two or
 * three, and a file with intermediate CAs has those that it issued. */
#define LIMIT_ROOTS 64u
/* Paths that are validated before the certificates are refused. Real ones have one to four; a chain
 * of ten cross-signed CAs could have millions. */
#define LIMIT_PATHS 32u
/* Signatures that are checked for all of them: with P-384, the slowest, two seconds of a small ARM
 * processor. Go stops at 100, too. */
#define LIMIT_PATH_SIGNATURES 100u
/* Certificates that the search puts on a path or takes off again: without signatures they cost
 * comparisons of names only. */
#define LIMIT_PATH_STEPS 4096u
/* One certificate of a PEM file, decoded; the longest of Mozilla's roots has 2 KiB. */
#define LIMIT_CERTIFICATE 8192u
/* A stapled OCSP response: 0.5 KB, or 2 with the certificate of a delegate of RSA. Mbed TLS's limit
 * for the message that it comes in is 16 KiB. */
#define LIMIT_STAPLE 8192
/* A PEM file with roots; Debian's has 220 KB. */
#define LIMIT_CA_FILE 4194304u
/* Seconds that an option may give: 31 years, which in milliseconds still fit in sums. */
#define LIMIT_OPTION_SECONDS 999999999u
/* Retries that an option may give; nobody waits for more. */
#define LIMIT_RETRIES 999u
/* A cached token as text with what stands around it, encrypted. */
#define LIMIT_SEALED (LIMIT_TOKEN + 1024u)
/* A reply of Redis: a sealed token and the line before it. Also how many elements one may have. */
#define LIMIT_REDIS_REPLY (LIMIT_SEALED + 64u)
/* A line of a reply; the longest are errors, of some 200 bytes. */
#define LIMIT_REDIS_LINE 1024u
/* A connection to Redis, and then all of its replies: a slower server is not used.
 * Milliseconds. */
#define LIMIT_REDIS_MS 2000

#endif
