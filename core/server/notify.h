/* notify: tells the service manager how it goes, in systemd's protocol: a datagram of lines to the socket
 * that NOTIFY_SOCKET names. Written out here, because it is a sendto: libsystemd would be one more
 * library in every process.
 *
 * Memory:  none.  Threads: the loop's.
 * Fails:   never: without NOTIFY_SOCKET nothing is sent, and who does not listen hears nothing. */
#pragma once

#include "io/io.h"

/* "READY=1", "STOPPING=1", "RELOADING=1"; lines with \n between. */
void server_notify(const char *state);

/* "RELOADING=1" as systemd wants it, with the instant. */
void server_notify_reloading(void);

/* Has the loop say that it goes round, twice in the time that WATCHDOG_USEC gives; NULL when nobody waits
 * for it. Free it with io_timer_free. */
io_timer *server_notify_watchdog(io_loop *loop);
