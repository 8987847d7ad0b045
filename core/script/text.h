/* text: a package's texts in both languages, i18n/zh-CN.lua and i18n/en.lua, each a flat table
 * key → text with {name} for what is filled in. Inside the room only.
 *
 * Memory:  the package's arena.
 * Threads: read-only after loading; any.
 * Fails:   script_text_check: VALIDATION_FAILED naming the key that one language lacks. */
#pragma once

#include "script/state.h"

typedef struct script_texts {
  base_slice of[2]; /* by base_language: a msgpack map, or empty */
} script_texts;

/* Names of the sources, by language. */
extern const char *const script_text_files[2];

base_code script_text_check(const script_texts *texts, const char *package, base_error *error);

/* Pushes the text of that key, filled in with the fields of the table at `values` (0: none). A key
 * that has no text is taken as the text itself when `literal`, and raises otherwise. */
void script_text_push(lua_State *lua, base_language language, const char *key, int values,
                      bool literal);
