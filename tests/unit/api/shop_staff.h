/* shop_staff: the server of shop.h with the real core, and the people who work in it as users.
 *
 * Memory, Threads, Fails: as shop.h says. */
#pragma once

#include "shop_flight.h"

static inline void shop_hire(shop *self, const char *name, const char *role) {
  base_buffer roles = {0};
  api_session owner = {.user = "admin", .administrator = true, .staff = true, .local = true};
  data_append_array(&roles, 1);
  data_append_text(&roles, role);
  base_slice values = shop_map(self, "tr", "name", name, "roles", base_buffer_slice(&roles));
  base_buffer_fini(&roles);
  (void)shop_try_as(self, &owner, "record.create",
                    shop_map(self, "tr", "type", "user", "values", values));
  shop_check(self, self->error.code);
}

/* Starts the core with one more package; 王芳, 李静 and 赵敏 are there from the first start on. */
static inline void shop_start_core(shop *self, api_package *package) {
  self->packages[0] = api_core_package();
  self->packages[1] = package;
  shop_start(self);
  if (self->hired) return;
  shop_hire(self, "王芳", "administrator");
  shop_hire(self, "李静", "staff");
  shop_hire(self, "赵敏", "staff");
  self->hired = true;
}
