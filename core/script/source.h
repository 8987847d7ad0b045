/* source: the Lua files of one package's folder, read once. Every state of the package is made from
 * these bytes, so a file that is edited later changes nothing that runs. Inside the room only.
 *
 * Memory:  everything lies in the arena given.
 * Threads: read-only after script_source_read; any.
 * Fails:   VALIDATION_FAILED (no init.lua, too large, too many), UNAVAILABLE (cannot be read). */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

typedef struct script_source {
  const char *name;  /* "init", "plan", "i18n/en" */
  const char *chunk; /* "@health_product/plan.lua", as messages show it */
  base_slice text;
} script_source;

typedef struct script_sources {
  size_t count;
  script_source *all;
} script_sources;

#define SCRIPT_SOURCE_BYTES (512u << 10) /* largest file */
#define SCRIPT_SOURCE_FILES 200

base_code script_source_read(const char *directory, const char *package, base_arena *arena,
                             script_sources *sources, base_error *error);

/* The same from a bundle, and back: a msgpack map name → text. The texts of a bundle are not copied. */
base_code script_source_unpack(base_slice bundle, const char *package, base_arena *arena,
                               script_sources *sources, base_error *error);
void script_source_pack(const script_sources *sources, base_buffer *bundle);

/* NULL when there is none. */
const script_source *script_source_find(const script_sources *sources, const char *name);
