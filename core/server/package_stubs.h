/* package_stubs: what an editor and luacheck need beside a folder of packages:
 *
 *   DIRECTORY/types/crm.lua    annotations of the sandbox and of all that the packages can use
 *   .luarc.json, .luacheckrc   settings that go with it; written when neither the folder nor one above
 *                              has such a file
 *
 * Memory:  none kept.  Threads: the main thread only.
 * Fails:   what loading the packages fails with; UNAVAILABLE when a file cannot be written; when only
 *          checking, VALIDATION_FAILED for a crm.lua that is not what would be written. */
#pragma once

#include "base/error.h"

typedef struct server_package_stubs_options {
  const char *directory;
  const char *plugins;
  const char *enable; /* "a,b"; NULL: every package in the directory */
  const char *config; /* a server's configuration file; NULL: the defaults */
  bool check;         /* write nothing, compare */
} server_package_stubs_options;

base_code server_package_stubs(const server_package_stubs_options *options, base_error *error);
