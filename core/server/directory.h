/* directory: folders that belong to the server alone.
 *
 * Memory:  none kept.  Threads: one.
 * Fails:   UNAVAILABLE with the path and the system's reason. */
#pragma once

#include "base/error.h"

/* Makes sure that the folder is there, readable by its owner only, with nothing in it. */
base_code server_directory_empty(const char *path, base_error *error);

/* A new folder in TMPDIR, else /tmp; its path is written to `path`. */
base_code server_directory_temporary(char path[256], base_error *error);

/* Removes the folder and all in it; links are removed, not followed. */
base_code server_directory_delete(const char *path, base_error *error);
