/* library: a shared object, opened as a private copy.
 *
 * dlopen of a path whose file was replaced returns the old library, and copying over a loaded file
 * kills the process: so the file is copied under a name that was never used, and only the copy is
 * opened. It is never closed; its code may still be on somebody's stack.
 *
 * Memory:  the copy's path lives in the arena.  Threads: any.
 * Fails:   PERMISSION_DENIED when others could write the file or its directory: code that runs here is
 *          its owner's; NOT_FOUND, VALIDATION_FAILED with the system's reason, STORAGE_FULL while copying. */
#pragma once

#include <crm/plugin.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct loader_library {
  const char *path; /* as given, for messages */
  const char *copy;
  const crm_plugin *entry; /* what crm_plugin_entry returned; unchecked */
} loader_library;

base_code loader_library_open(const char *path, const char *private_directory, base_arena *arena,
                              loader_library *library, base_error *error);

/* Deletes the copy's file; what is mapped stays. */
void loader_library_forget(const loader_library *library);
