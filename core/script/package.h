/* package: one loaded package: its files, what its manifest brings, its texts and its states.
 * Inside the room only; the door is script_package_load.
 *
 * Memory:  the arena holds all but the states; api_package.free ends both.
 * Threads: read-only once loaded, apart from the pool.
 * Fails:   see script.h. */
#pragma once

#include "api/api.h"
#include "script/account.h"
#include "script/pool.h"
#include "script/script.h"
#include "script/source.h"
#include "script/text.h"

/* A function of the manifest that the api calls: an op's run, a rule's before or after. */
typedef struct script_function {
  script_package *package;
  int index;                /* in the states' table of functions, from 1 */
  const char *part;         /* "ops", "rules" */
  const char *name;         /* "revisit.open" */
  const char *member;       /* "run", "before", "after"; NULL: the part holds functions */
  const data_field *result; /* of an op; may be NULL */
} script_function;

struct script_package {
  api_package door; /* first: self of the door is the package */
  base_arena *arena;
  const char *name; /* the folder's, and the manifest's */
  script_limits limits;
  script_sources sources;
  script_texts texts;
  script_pool pool;
  script_account *account;
  base_slice config;          /* set by start */
  script_function *functions; /* ops, rules, migrations; ends with a NULL name */
};

/* A package with its files and nothing run yet; for loading and for tests. */
base_code script_package_open(const char *directory, const script_limits *limits,
                              script_package **package, base_error *error);
/* The same from a bundle. */
base_code script_package_unpack(const char *name, base_slice bundle, const script_limits *limits,
                                script_package **package, base_error *error);
void script_package_free(script_package *package);
