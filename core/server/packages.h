/* packages: finds the packages that are asked for, and all that they need, in the folder of Lua
 * packages and the folder of plugins, and loads them.
 *
 * A Lua package NAME is the folder NAME with its init.lua; a plugin is a file whose own name for
 * itself is NAME, whatever the file is called.
 *
 * Memory:  the packages belong to the caller (api_registry_new takes them over); the array lives in
 *          the arena.
 * Threads: one.
 * Fails:   NOT_FOUND with the nearest name and both folders; whatever the doors refuse. What was
 *          loaded before the failure is freed. */
#pragma once

#include "script/script.h"
#include "server/plugins.h"

typedef struct server_packages_options {
  const char *packages; /* folder of Lua packages */
  server_plugins *plugins;
  script_limits script;
  const api_stored_package *stored; /* of the data directory: their files count, not the folder's */
  size_t stored_count;
} server_packages_options;

typedef struct server_packages {
  size_t count;
  api_package **items;
} server_packages;

/* The folders of the build or installation this program came from. */
const char *server_packages_directory(void);
const char *server_packages_plugins_directory(void);

/* `names`: a msgpack array of texts. The core's own package comes first. */
base_code server_packages_load(const server_packages_options *options, base_slice names,
                               base_arena *arena, server_packages *packages, base_error *error);

/* The folder as the engine asks it. The options must outlive the engine. */
api_packages server_packages_door(const server_packages_options *options);

/* Frees packages that no registry took over. */
void server_packages_free(server_packages *packages);
