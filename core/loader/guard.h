/* guard: in debug builds, whether a plugin keeps to the rules of its calls: a ctx is used by the callback it
 * came to, on its thread, while it runs; what is written to and read belongs to that callback; tables are
 * the ones that start received. Whoever does not keep to them ends the process, with a sentence that
 * names plugin, callback and function: what a release build would do is anybody's guess.
 *
 * Memory:  what was lent is remembered in the frame, and forgotten with it.
 * Threads: any; what all threads see is under a lock.
 * Fails:   by abort(). In release builds (NDEBUG) nothing is remembered and nothing checked. */
#pragma once

#include <crm/plugin.h>

#include "api/api.h"

#ifdef NDEBUG
#define LOADER_GUARDED 0
#else
#define LOADER_GUARDED 1
#endif

struct loader_frame;
struct loader_plugin;

typedef struct loader_guard_out {
  crm_out *out;
} loader_guard_out;

typedef struct loader_guard {
  struct loader_frame *next; /* of all frames of all threads */
  struct loader_frame *previous;
  size_t lent_count;
  size_t lent_capacity;
  crm_slice *lent; /* what the plugin may read */
  size_t out_count;
  size_t out_capacity;
  loader_guard_out *outs; /* what it may write to */
} loader_guard;

void loader_guard_enter(struct loader_frame *frame);
void loader_guard_leave(struct loader_frame *frame);

/* A plugin there is, from its opening until it is freed. */
void loader_guard_add(struct loader_plugin *plugin);
void loader_guard_remove(struct loader_plugin *plugin);

/* What start was lent and what it wrote, the innermost callback's, may be read until stop, on the plugin's
 * own threads too. */
void loader_guard_keep(struct loader_plugin *plugin);
void loader_guard_forget(struct loader_plugin *plugin);

/* --- what the innermost callback of this thread gets -------------------------------------------------- */

void loader_guard_lend(crm_slice bytes);
void loader_guard_lend_out(crm_out *out);

/* --- checks; `function` is the host's, as the plugin calls it ---------------------------------------- */

void loader_guard_check_ctx(const crm_ctx *ctx, const char *function);
void loader_guard_check_out(const crm_out *out, const char *function);
void loader_guard_check_bytes(crm_slice bytes, const char *function);
void loader_guard_check_given(const void *pointer, const char *function, const char *what);
void loader_guard_check_host(const crm_host *host, const char *function);
