/* TLS alerts (RFC 8446 6, RFC 5246 7.2): names, and what to do about those that a server sends. */
#ifndef TLS_ALERT_H
#define TLS_ALERT_H

/* "handshake_failure", ...: static text; "unknown" for any other number. */
const char *alert_name(int number);
/* What to do about an alert that the server sent, naming the option that helps; "": no advice. */
const char *alert_advice(int number);

#endif
