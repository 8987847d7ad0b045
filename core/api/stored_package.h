/* stored_package: the packages of a store as records, so that a restart runs what was active, and history,
 * backup and export know of it. The files of a package in Lua lie in the data directory's "files", as one
 * bundle (package.h) under its hash; a plugin is found again by its name, because machine code is the
 * installation's and not the data's.
 *
 * A version that is to change the records there are is noted before it begins (`next`). A start that
 * finds the note goes on with that version: its migrations were begun, and half of them is nothing that
 * either version could serve.
 *
 * Memory:  read: the arena given.
 * Threads: read: any. The rest: the one that makes the engine, then the writer lane between groups.
 * Fails:   as the store. */
#pragma once

#include "api/package.h"
#include "api/registry.h"
#include "api/session.h"

struct api_engine;

typedef struct api_stored_package {
  const char *name;
  const char *version;
  const char *hash; /* of its bundle; "" for a plugin */
  bool enabled;
  base_slice bundle; /* empty for a plugin */
} api_stored_package;

/* The packages that were loaded when the store was last served, in the order in which they came. None: a
 * new store. */
base_code api_stored_package_read(store *records, base_arena *arena,
                                  const api_stored_package **packages, size_t *count,
                                  base_error *error);

/* --- inside the room --- */

/* Notes that this version of the package is about to change records. */
base_code api_stored_package_note(struct api_engine *engine, const api_registry *registry,
                                  api_session *session, const char *op, const api_package *package,
                                  base_error *error);

/* Whether the record says something else than that this version of the package serves; false when there
 * is no record. */
base_code api_stored_package_differs(struct api_engine *engine, const api_package *package,
                                     bool *differs, base_error *error);

/* Brings the records to what this version of the registry has, and takes the notes away. Writes nothing
 * when nothing changed. */
base_code api_stored_package_write(struct api_engine *engine, const api_registry *registry,
                                   api_session *session, const char *op, base_error *error);

/* Keeps why a version of the package was refused, a map {code, field, message}, and takes its note away.
 * What fails is logged. */
void api_stored_package_refuse(struct api_engine *engine, api_session *session, const char *op,
                               const char *name, base_slice failure);
