/* subscription: what a session wants to be told of as it happens. The door that keeps the session reads
 * on with the op event.read, from where the subscriber has come, and sends what it finds.
 *
 * Memory:  made by event.subscribe, owned by the session that the door keeps; freed with
 *          api_subscription_free.
 * Threads: made on whatever thread runs the op, then the door's.
 * Fails:   never. */
#pragma once

#include "base/slice.h"

typedef struct api_subscription {
  uint64_t after;    /* events behind this sequence */
  base_slice filter; /* {types, where}, as event.read takes them: a msgpack map */
} api_subscription;

/* Copies the filter. */
api_subscription *api_subscription_new(uint64_t after, base_slice filter);
void api_subscription_free(api_subscription *subscription);
