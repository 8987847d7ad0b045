#include "api/subscription.h"

#include <stdlib.h>

#include "base/arena.h"

api_subscription *api_subscription_new(uint64_t after, base_slice filter) {
  api_subscription *made = base_alloc(sizeof *made + filter.size);
  uint8_t *copy = (uint8_t *)(made + 1);
  memcpy(copy, filter.data, filter.size);
  *made = (api_subscription){.after = after, .filter = base_slice_make(copy, filter.size)};
  return made;
}

void api_subscription_free(api_subscription *subscription) {
  free(subscription);
}
