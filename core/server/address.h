/* address: "HOST:PORT" as configuration and command line write it; "[::1]:7420" for IPv6.
 *
 * Memory:  values.  Threads: any.
 * Fails:   INVALID_ARGUMENT, field `listen`, saying what an address looks like. */
#pragma once

#include "base/error.h"

typedef struct server_address {
  char host[64];
  unsigned port; /* 0 to 65535 */
} server_address;

base_code server_address_parse(const char *text, server_address *address, base_error *error);
