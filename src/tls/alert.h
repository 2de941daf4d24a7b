/* Names of TLS alerts (RFC 8446 6, RFC 5246 7.2). */
#ifndef TLS_ALERT_H
#define TLS_ALERT_H

/* "handshake_failure", ...: static text; "unknown" for a number that is none. */
const char *alert_name(int number);
/* What to do about an alert that a server sent, naming the option that helps; "": nothing is known.
 */
const char *alert_advice(int number);

#endif
