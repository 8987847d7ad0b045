/* out: what a plugin writes msgpack to. Counts elements itself, so a plugin cannot get a head wrong.
 *
 * Memory:  the bytes lie in the arena, or, for an op's result, in the buffer it was made over.
 * Threads: one at a time.
 * Fails:   loader_out_check: INTERNAL, naming what is wrong with the bytes. */
#pragma once

#include <crm/plugin.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "data/data.h"

#define LOADER_OUT_DEPTH 32

typedef struct loader_level {
  size_t place; /* of the container's head */
  size_t count; /* values inside so far */
  bool map;
} loader_level;

struct crm_out {
  base_buffer buffer;
  base_arena *arena; /* where the buffer's bytes lie; NULL: the buffer is its maker's */
  size_t origin;     /* where the plugin's bytes begin */
  unsigned depth;
  bool broken;                               /* ended too often, begun too deep, not a value */
  loader_level levels[LOADER_OUT_DEPTH + 1]; /* [0] is around everything */
};

crm_out *loader_out_new(base_arena *arena);

/* Over the bytes of a buffer: appends behind what is there. Take the buffer back when done. */
void loader_out_init(crm_out *out, base_buffer buffer);

void loader_out_append(crm_out *out, crm_value value);
void loader_out_begin(crm_out *out, uint32_t type);
void loader_out_end(crm_out *out);

/* What was written; while it is not whole, a byte that is no msgpack. */
base_slice loader_out_bytes(const crm_out *out);

/* Whether bytes that a plugin hands in are one well-formed value; `what` names them. */
base_code loader_out_check(base_slice bytes, const char *plugin, const char *what,
                           base_error *error);
