/* plugin: one loaded plugin, between its entry and the api_package it becomes. Inside the room only.
 *
 * Memory:  counted references: one of the package, one for each submit under way. It lies in its own
 *          arena, which ends with the last.
 * Threads: read-only between start and stop, but for the count, `running` and the gate.
 * Fails:   see loader.h. */
#pragma once

#include <stdatomic.h>

#include "loader/gate.h"
#include "loader/library.h"
#include "loader/loader.h"

typedef struct loader_plugin {
  crm_host host; /* first: the table that a plugin is lent is its loader_plugin */
  api_package package;
  crm_plugin entry; /* the plugin's description, members it does not have zeroed */
  loader_library library;
  base_arena *arena;
  _Atomic unsigned references;
  _Atomic bool running;             /* between start and stop: its threads may submit */
  loader_gate gate;                 /* of ops and rules */
  struct loader_plugin *guard_next; /* the guard's; see guard.h */
  crm_slice *guard_kept;
  size_t guard_kept_count;
} loader_plugin;

/* Opened and shaken hands with, its tables converted; not started. */
base_code loader_plugin_open(const char *path, const char *private_directory,
                             loader_plugin **plugin, base_error *error);

void loader_plugin_acquire(loader_plugin *plugin);
void loader_plugin_release(loader_plugin *plugin);

static inline base_slice loader_slice(crm_slice slice) {
  return base_slice_make(slice.data, slice.size);
}

static inline crm_slice loader_lend(base_slice slice) {
  return (crm_slice){.data = (const char *)slice.data, .size = slice.size};
}
