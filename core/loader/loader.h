/* loader: the door for shared objects. Loads a plugin, checks its handshake, and makes its types,
 * ops and rules look like any others (core/include/crm/plugin.h is all a plugin sees of Haoke).
 *
 * Memory:  a plugin's code stays mapped until the process ends; its api_package owns the copies of
 *          its tables.
 * Threads: loading: any one. Running: any lane.
 * Fails:   VALIDATION_FAILED with a sentence that says what to do: not a plugin, another ABI major,
 *          structs smaller than this ABI's first, missing name; what dlopen says. */
#pragma once

#include <stdio.h>

#include "api/api.h"

/* Copies the file under a new name into `private_directory` and opens only that copy. */
base_code loader_plugin_load(const char *path, const char *private_directory, api_package **package,
                             base_error *error);

/* What the plugin brings, as msgpack {name, version, abi, needs, config, types, ops, rules},
 * without starting it. */
base_code loader_plugin_inspect(const char *path, const char *private_directory, base_buffer *out,
                                base_error *error);
