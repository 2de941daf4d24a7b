/* To whoever supervises this process, by sd_notify(3)'s protocol. */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdint.h>

/* One datagram to $NOTIFY_SOCKET, lines like "READY=1"; to nobody where that is not set. */
void notify(const char *lines);
/* How often WATCHDOG=1 is awaited, milliseconds; 0: it is not. */
int64_t notify_watchdog_ms(void);

#endif
