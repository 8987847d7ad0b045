/* stubs: everything in a registry as annotations for lua-language-server, so that an editor knows
 * each type's fields and each op's params. The fixed part is stubs.lua, in which a line "--% NAME …"
 * is the place of what is generated. Inside the room only; the door is script_stubs_append.
 *
 * Memory:  text is appended to the caller's buffer; lists live in the arena.
 * Threads: one.
 * Fails:   never. */
#pragma once

#include "api/api.h"

/* Which fields of a class may be nil. */
typedef enum script_stubs_use {
  SCRIPT_STUBS_RECORD, /* those that are neither required nor have a default */
  SCRIPT_STUBS_CONFIG, /* the same */
  SCRIPT_STUBS_PARAMS, /* those that are not required */
  SCRIPT_STUBS_RESULT, /* none: what a result lacks is in its doc */
  SCRIPT_STUBS_VALUES, /* all, and crm.null clears them */
  SCRIPT_STUBS_WHERE,  /* all, and each may be a table of operators */
} script_stubs_use;

/* Appends "---@class NAME : PARENT" with the fields, after the classes of maps inside them, which are
 * called NAME.FIELD. `parent` may be NULL. */
void script_stubs_append_class(const char *name, const char *parent, const data_field *fields,
                               script_stubs_use use, base_arena *arena, base_buffer *out);

/* Appends the text without line breaks; nothing for NULL. */
void script_stubs_append_line(const char *text, base_buffer *out);

/* stubs.lua, which ends with a NUL. */
extern const unsigned char script_stubs_text[];
extern const unsigned char script_stubs_library_text[];
extern const unsigned char script_stubs_states_text[];
