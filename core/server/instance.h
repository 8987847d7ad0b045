/* instance: a server without its sockets: the store of one data directory, the packages that are
 * enabled, the clock and the engine. `serve` puts listeners before it, `test` drives it directly.
 *
 *   server_instance_open → server_instance_load → server_instance_start → … → server_instance_stop
 *
 * Memory:  the caller owns the struct; server_instance_stop ends what was made, also after a step
 *          that failed. `arena` and `configuration` must outlive it.
 * Threads: the main thread; the engine brings its lanes.
 * Fails:   with the room's own words. */
#pragma once

#include "server/configuration.h"
#include "server/packages.h"
#include "server/plugins.h"

typedef struct server_instance {
  const server_configuration *configuration;
  base_arena *arena;
  const char *data;     /* the data directory */
  const char *packages; /* folders; see packages.h */
  const char *plugins;
  const char *test_clock; /* an INSTANT, or NULL: the machine's clock */
  store *store;
  base_clock *clock;
  server_plugins *folder;          /* of plugins, looked into */
  server_packages_options finding; /* how packages are found */
  api_registry *registry;
  api_engine *engine;
} server_instance;

/* Opens the store, which is made when it is missing, and sets the clock. A test clock begins at the
 * later of its INSTANT and the last journal entry's instant. */
base_code server_instance_open(server_instance *instance, base_error *error);

/* Loads the packages that the store's records name, as they were stored; of a new store, and without a
 * store: those named by `enable` ("a,b"), else by the configuration, else those of the build.
 * Copies of plugins go to DATA/.plugin-copies, which is emptied first. */
base_code server_instance_load(server_instance *instance, const char *enable, base_error *error);

base_code server_instance_start(server_instance *instance, base_error *error);

/* Ends engine, clock and store; the registry stays, so that the instance can be opened anew. */
void server_instance_close(server_instance *instance);
void server_instance_stop(server_instance *instance);
