/* address: which addresses belong to no public network: the machine itself, private networks, and what
 * only a link, a provider or a group knows. Asked of the address that is connected to, whatever name led
 * there.
 *
 * Memory:  none.  Threads: any.  Fails: never; families other than IPv4 and IPv6 count as private. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_private(const struct sockaddr *address);

#endif
