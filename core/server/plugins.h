/* plugins: the folder of plugins: which files there are, and which package each brings.
 *
 * A plugin is a file whose own name for itself counts, whatever the file is called. To read that name
 * the file has to be opened, and what is open is never closed: so a file is looked into once, and again
 * only when it changed.
 *
 * Memory:  the folder owns what it remembers; packages belong to the caller.
 * Threads: one at a time: main until the engine runs, then the prepare lane.
 * Fails:   NOT_FOUND with the nearest name; what the file was refused with; what loading refuses. */
#pragma once

#include "api/api.h"

typedef struct server_plugins server_plugins;

/* Copies go to `private_directory` when a file is opened. Both must outlive the folder. */
server_plugins *server_plugins_new(const char *directory, const char *private_directory);
void server_plugins_free(server_plugins *plugins);

const char *server_plugins_directory(const server_plugins *plugins);

/* Loads the plugin that brings that package, or the file of that name ("route.so"), as it is now. NULL in `package` and BASE_OK
 * when no file does. */
base_code server_plugins_load(server_plugins *plugins, const char *name, api_package **package,
                              base_error *error);

/* The names of the packages that the files bring. */
void server_plugins_each(server_plugins *plugins, void (*visit)(const char *name, void *self),
                         void *self);

/* The same folder, as the engine asks it. */
api_plugins server_plugins_door(server_plugins *plugins);
