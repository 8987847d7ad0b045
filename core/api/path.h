/* path: files that administrators name and that have to stay inside a folder of the configuration.
 *
 * Memory:  what the caller says.  Threads: any.  Fails: never. */
#pragma once

#include "base/slice.h"

/* Whether a relative path may lead out of its folder by itself: absolute, with "..", with a NUL. */
bool api_path_leads_out(base_slice path);

/* Whether a path without links and dots lies below such a folder. */
bool api_path_inside(const char *path, const char *folder);
