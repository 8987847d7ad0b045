/* loader: the door for shared objects. Loads a plugin, checks its handshake, and makes its types,
 * ops and rules look like any others (core/include/crm/plugin.h is all a plugin sees of Haoke).
 *
 * Memory:  a plugin's code and static data stay mapped until the process ends; its api_package owns
 *          the copies of its tables.
 * Threads: loading, attach and detach: any one. Running: any lane. A plugin's own threads reach the
 *          engine that is attached, and nothing else.
 * Fails:   VALIDATION_FAILED with a sentence that says what to do: not a plugin, another ABI major,
 *          structs smaller than this ABI's first, missing name; what dlopen says. NOT_FOUND when
 *          there is no such file. */
#pragma once

#include "api/api.h"

/* Copies the file under a new name into `private_directory`, which is made when missing and must
 * belong to this user alone, and opens only that copy. The copy is deleted with the package; what a
 * killed process left behind is for the directory's owner to delete. */
base_code loader_plugin_load(const char *path, const char *private_directory, api_package **package,
                             base_error *error);

/* What the plugin brings, as msgpack {name, version, abi, doc, doc_zh, needs, config, types, ops,
 * rules}, without starting it. */
base_code loader_plugin_inspect(const char *path, const char *private_directory, base_buffer *out,
                                base_error *error);

/* The engine that plugins' own threads submit to; before, and after detach, they are answered
 * UNAVAILABLE. Detach before the engine is freed: it returns when no thread is inside the engine any
 * more. One engine at a time. */
void loader_engine_attach(api_engine *engine);
void loader_engine_detach(void);
