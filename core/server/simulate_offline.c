/* simulate_offline: see simulate_offline.h. */
#include "server/simulate_offline.h"

#include "server/directory.h"
#include "server/instance.h"
#include "server/instants.h"

typedef struct offline {
  const server_options *options;
  base_error *error;
  server_configuration configuration;
  server_instance instance;
  char root[256]; /* holds the copy */
} offline;

static const char *given(const offline *self, const char *option, const char *otherwise) {
  const char *value = server_options_get(self->options, option);
  return value == NULL ? otherwise : value;
}

static base_code read_until(const offline *self, int64_t *until) {
  const char *text = server_options_get(self->options, "until");
  if (text == NULL) {
    return base_error_set(self->error, BASE_INVALID_ARGUMENT, "until", "请用 --until 说明到哪一天",
                          "say with --until how far to go");
  }
  return server_instant_parse(self->configuration.zone, text, "until", until, self->error);
}

static base_code make_copy(offline *self, bool *served) {
  const char *from = server_options_data(self->options);
  BASE_TRY(server_directory_temporary(self->root, self->error));
  self->instance.data = base_arena_format(self->instance.arena, "%s/store", self->root);
  base_code code = store_copy(from, self->instance.data, self->error);
  *served = code == BASE_UNAVAILABLE;
  return code;
}

/* The present, as `serve` would have it. */
static base_code open_copy(offline *self, int64_t *now) {
  server_instance *instance = &self->instance;
  instance->configuration = &self->configuration;
  instance->test_clock = server_options_get(self->options, "now");
  instance->packages = given(self, "packages", server_packages_directory());
  instance->plugins = given(self, "plugins", server_packages_plugins_directory());
  BASE_TRY(server_instance_open(instance, self->error));
  *now = base_clock_now(instance->clock);
  return server_instance_load(instance, NULL, self->error);
}

static base_code run(offline *self, api_foresight *foresight, const data_zone **zone,
                     bool *served) {
  server_instance *instance = &self->instance;
  int64_t now = 0;
  BASE_TRY(server_configuration_load(server_options_get(self->options, "config"), instance->arena,
                                     &self->configuration, self->error));
  BASE_TRY(read_until(self, &foresight->until));
  BASE_TRY(make_copy(self, served));
  BASE_TRY(open_copy(self, &now));
  *zone = self->configuration.zone;
  store *copy = instance->store;
  instance->store = NULL; /* taken over */
  return api_foresight_run(&self->configuration.engine, *zone, copy, instance->registry, now,
                           foresight, self->error);
}

base_code server_simulate_offline(const server_options *options, api_foresight *foresight,
                                  const data_zone **zone, bool *served, base_error *error) {
  offline self = {.options = options, .error = error, .instance = {.arena = base_arena_new()}};
  base_error ignored = {.language = error->language};
  base_log_set_level(BASE_LOG_WARN);
  *served = false;
  base_code code = run(&self, foresight, zone, served);
  server_instance_stop(&self.instance);
  if (self.root[0] != '\0') (void)server_directory_delete(self.root, &ignored);
  base_arena_free(self.instance.arena);
  return code;
}
