/* instants: moments on the command line, as an operator writes and reads them.
 *
 * Memory:  values; data_zone_fini at the end of the process frees the zones.
 * Threads: the main thread only.
 * Fails:   INVALID_ARGUMENT for a text that is no moment. */
#pragma once

#include "data/data.h"

#define SERVER_INSTANT_MAX 40

/* RFC 3339, in the zone that businesses have when nothing else is configured. */
void server_instant_format(int64_t instant, char out[SERVER_INSTANT_MAX]);

/* Digits are milliseconds UTC; everything else is read in the zone. */
base_code server_instant_parse(const data_zone *zone, const char *text, const char *field,
                               int64_t *instant, base_error *error);
