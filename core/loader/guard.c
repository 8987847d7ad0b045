/* guard: lists of what is alive. See guard.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/guard.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/frame.h"
#include "loader/out.h"
#include "loader/plugin.h"

#if LOADER_GUARDED

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the two lists */
static loader_frame *frames;
static loader_plugin *plugins;

/* --- the end ----------------------------------------------------------------------------------- */

_Noreturn static void end(const char *function, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

_Noreturn static void end(const char *function, const char *format, ...) {
  const loader_frame *frame = loader_frame_innermost();
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (frame == NULL) {
    (void)fprintf(stderr, "haoke: a thread of a plugin called host->%s: %s\n", function, text);
  } else {
    (void)fprintf(stderr, "haoke: plugin %s, in %s, called host->%s: %s\n", frame->plugin,
                  frame->function, function, text);
  }
  abort();
}

/* --- frames ------------------------------------------------------------------------------------ */

void loader_guard_enter(loader_frame *frame) {
  (void)pthread_mutex_lock(&lock);
  frame->guard.next = frames;
  if (frames != NULL) frames->guard.previous = frame;
  frames = frame;
  (void)pthread_mutex_unlock(&lock);
}

void loader_guard_leave(loader_frame *frame) {
  loader_guard *guard = &frame->guard;
  (void)pthread_mutex_lock(&lock);
  if (guard->next != NULL) guard->next->guard.previous = guard->previous;
  if (guard->previous != NULL) {
    guard->previous->guard.next = guard->next;
  } else {
    frames = guard->next;
  }
  (void)pthread_mutex_unlock(&lock);
  free(guard->lent);
  free(guard->outs);
}

static bool runs_elsewhere(const crm_ctx *ctx) {
  bool found = false;
  (void)pthread_mutex_lock(&lock);
  for (const loader_frame *frame = frames; frame != NULL; frame = frame->guard.next) {
    found = found || frame->ctx == ctx;
  }
  (void)pthread_mutex_unlock(&lock);
  return found;
}

/* --- plugins ----------------------------------------------------------------------------------- */

void loader_guard_add(loader_plugin *plugin) {
  (void)pthread_mutex_lock(&lock);
  plugin->guard_next = plugins;
  plugins = plugin;
  (void)pthread_mutex_unlock(&lock);
}

void loader_guard_remove(loader_plugin *plugin) {
  (void)pthread_mutex_lock(&lock);
  loader_plugin **link = &plugins;
  while (*link != NULL && *link != plugin) link = &(*link)->guard_next;
  if (*link != NULL) *link = plugin->guard_next;
  (void)pthread_mutex_unlock(&lock);
}

/* --- lending ----------------------------------------------------------------------------------- */

static void *grow(void *items, size_t *capacity, size_t size) {
  *capacity = *capacity * 2 + 8;
  return base_realloc(items, *capacity * size);
}

void loader_guard_lend(crm_slice bytes) {
  loader_frame *frame = loader_frame_innermost();
  if (frame == NULL || bytes.size == 0) return;
  loader_guard *guard = &frame->guard;
  if (guard->lent_count == guard->lent_capacity) {
    guard->lent = grow(guard->lent, &guard->lent_capacity, sizeof *guard->lent);
  }
  guard->lent[guard->lent_count++] = bytes;
}

void loader_guard_lend_out(crm_out *out) {
  loader_frame *frame = loader_frame_innermost();
  if (frame == NULL) return;
  loader_guard *guard = &frame->guard;
  if (guard->out_count == guard->out_capacity) {
    guard->outs = grow(guard->outs, &guard->out_capacity, sizeof *guard->outs);
  }
  guard->outs[guard->out_count++].out = out;
}

/* The frame's lists end with it; the bytes lie in the plugin's arena. */
void loader_guard_keep(loader_plugin *plugin) {
  const loader_guard *guard = &loader_frame_innermost()->guard;
  size_t count = guard->lent_count + guard->out_count;
  crm_slice *kept = base_alloc((count + 1) * sizeof *kept);
  for (size_t i = 0; i < guard->lent_count; i++) kept[i] = guard->lent[i];
  for (size_t i = 0; i < guard->out_count; i++) {
    kept[guard->lent_count + i] = loader_lend(base_buffer_slice(&guard->outs[i].out->buffer));
  }
  (void)pthread_mutex_lock(&lock);
  plugin->guard_kept = kept;
  plugin->guard_kept_count = count;
  (void)pthread_mutex_unlock(&lock);
}

void loader_guard_forget(loader_plugin *plugin) {
  (void)pthread_mutex_lock(&lock);
  free(plugin->guard_kept);
  plugin->guard_kept = NULL;
  plugin->guard_kept_count = 0;
  (void)pthread_mutex_unlock(&lock);
}

/* --- checks ------------------------------------------------------------------------------------ */

void loader_guard_check_ctx(const crm_ctx *ctx, const char *function) {
  const loader_frame *frame = loader_frame_innermost();
  if (frame != NULL && frame->ctx == ctx) return;
  if (ctx == NULL) end(function, "there is no ctx");
  if (runs_elsewhere(ctx)) {
    end(function,
        "the ctx belongs to a callback that runs on another thread; a ctx stays on the "
        "thread of the callback it was given to");
  }
  end(function,
      "the ctx is over: it ended with the callback it was given to. Keep no ctx; a "
      "plugin's own thread asks with submit");
}

void loader_guard_check_out(const crm_out *out, const char *function) {
  const loader_frame *frame = loader_frame_innermost();
  if (frame == NULL) end(function, "outside of a callback there is nothing to write to");
  for (size_t i = frame->guard.out_count; i > 0; i--) {
    if (frame->guard.outs[i - 1].out == out) return;
  }
  end(function,
      "the out is not this callback's: it came to another one, or from its host->out, and "
      "ended with it");
}

static bool holds(crm_slice lent, crm_slice bytes) {
  uintptr_t begin = (uintptr_t)lent.data;
  uintptr_t from = (uintptr_t)bytes.data;
  return from >= begin && from - begin <= lent.size && bytes.size <= lent.size - (from - begin);
}

static bool held_by_frame(const loader_frame *frame, crm_slice bytes) {
  if (frame == NULL) return false;
  for (size_t i = frame->guard.lent_count; i > 0; i--) {
    if (holds(frame->guard.lent[i - 1], bytes)) return true;
  }
  for (size_t i = frame->guard.out_count; i > 0; i--) {
    base_slice written = base_buffer_slice(&frame->guard.outs[i - 1].out->buffer);
    if (holds(loader_lend(written), bytes)) return true;
  }
  return false;
}

static bool held_by_plugin(const loader_plugin *plugin, crm_slice bytes) {
  for (size_t i = 0; i < plugin->guard_kept_count; i++) {
    if (holds(plugin->guard_kept[i], bytes)) return true;
  }
  return false;
}

static bool held_since_start(crm_slice bytes) {
  bool held = false;
  (void)pthread_mutex_lock(&lock);
  for (const loader_plugin *plugin = plugins; plugin != NULL; plugin = plugin->guard_next) {
    held = held || held_by_plugin(plugin, bytes);
  }
  (void)pthread_mutex_unlock(&lock);
  return held;
}

void loader_guard_check_bytes(crm_slice bytes, const char *function) {
  if (bytes.size == 0) return;
  if (held_by_frame(loader_frame_innermost(), bytes) || held_since_start(bytes)) return;
  end(function,
      "the bytes are not what the host lent to this callback: they came to an earlier one, "
      "were written over by an append, or are the plugin's own");
}

void loader_guard_check_given(const void *pointer, const char *function, const char *what) {
  if (pointer == NULL) end(function, "%s is NULL", what);
}

void loader_guard_check_host(const crm_host *host, const char *function) {
  bool found = false;
  (void)pthread_mutex_lock(&lock);
  for (const loader_plugin *plugin = plugins; plugin != NULL; plugin = plugin->guard_next) {
    found = found || &plugin->host == host;
  }
  (void)pthread_mutex_unlock(&lock);
  if (!found)
    end(function, "the host is not the table that start received; keep its address, not a copy");
}

#else

void loader_guard_enter(loader_frame *frame) {
  (void)frame;
}

void loader_guard_leave(loader_frame *frame) {
  (void)frame;
}

void loader_guard_add(loader_plugin *plugin) {
  (void)plugin;
}

void loader_guard_remove(loader_plugin *plugin) {
  (void)plugin;
}

void loader_guard_keep(loader_plugin *plugin) {
  (void)plugin;
}

void loader_guard_forget(loader_plugin *plugin) {
  (void)plugin;
}

void loader_guard_lend(crm_slice bytes) {
  (void)bytes;
}

void loader_guard_lend_out(crm_out *out) {
  (void)out;
}

#endif
