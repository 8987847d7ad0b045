/* manifest: what crm.package was given, as msgpack, turned into the tables of the door. Each part
 * has a form in the field language, so that unknown keys and wrong kinds are named like those of
 * any record. Inside the room only.
 *
 * Memory:  the package's arena.
 * Threads: one; at loading.
 * Fails:   VALIDATION_FAILED with the path ("ops.revisit.open.params.id.kind") and the package. */
#pragma once

#include "script/package.h"

/* Fills package->door and package->functions. */
base_code script_manifest_read(base_slice manifest, script_package *package, base_error *error);

/* What the table given to crm.package may hold, and the tables in it. */
extern const data_field script_manifest_form[];
extern const data_field script_manifest_type_form[];
extern const data_field script_manifest_index_form[];
extern const data_field script_manifest_rule_form[];
extern const data_field script_manifest_op_form[];
extern const data_field script_manifest_segment_form[];
extern const data_field script_manifest_job_form[];

/* --- shared by the files of this noun ------------------------------------------------------------- */

/* Validates the map against the form; the normal form lies in the arena. */
base_code script_manifest_part(base_slice map, const data_field *form, base_arena *arena,
                               base_slice *part, base_error *error);

/* A text of the part in the arena; NULL when absent. */
const char *script_manifest_text(base_slice part, const char *key, base_arena *arena);

/* A NULL-terminated list of texts; NULL when absent. */
const char *const *script_manifest_texts(base_slice part, const char *key, base_arena *arena);

/* A doc or label: a text that serves both languages, or {zh = …, en = …}. */
base_code script_manifest_doc(base_slice part, const char *key, base_arena *arena, const char **zh,
                              const char **en, base_error *error);

/* Field tables: config, params, result, fields. NULL when absent. */
base_code script_manifest_fields(base_slice part, const char *key, base_arena *arena,
                                 const data_field **fields, base_error *error);

/* What is called again and again: a list. */
base_code script_manifest_jobs(base_slice list, script_package *package, base_error *error);

/* Types, and of each segment a row that extends its type. */
base_code script_manifest_types(base_slice types, base_slice segments, script_package *package,
                                base_error *error);
