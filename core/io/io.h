/* io: bytes and time. The loop with its timers, listeners and streams, and the lanes.
 *
 * Knows nothing of CRM. Guests: libuv and OpenSSL stay behind this door.
 * The nouns, one header each: */
#pragma once

#include "io/lane.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/tls.h"
