/* Reports to the supervisor of this process, with the protocol of sd_notify(3). */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdint.h>

/* One datagram to $NOTIFY_SOCKET, lines like "READY=1"; nothing if that is not set. */
void notify(const char *lines);
/* How often WATCHDOG=1 is expected, in milliseconds, 1 or more; 0: never. */
int64_t notify_watchdog_ms(void);

#endif
