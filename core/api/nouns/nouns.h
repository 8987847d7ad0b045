/* nouns: the core's own package, one file per noun with its type, its rules and its ops; this header
 * lists their tables for core_package.c, and the few steps that several of them share.
 *
 * Memory:  static tables; values made on the way live in the ctx's arena.
 * Threads: handlers run on any lane.
 * Fails:   as the op rows say. */
#pragma once

#include "api/execution.h"
#include "api/job.h"
#include "api/package.h"

extern const model_type_definition api_types_customer[]; /* customer, contact */
extern const model_type_definition api_types_product[];
extern const model_type_definition api_types_order[];
extern const model_type_definition api_types_task[];
extern const model_type_definition api_types_activity[];
extern const model_type_definition api_types_calendar[];
extern const model_type_definition api_types_user[]; /* user, credential */
extern const model_type_definition api_types_role[];
extern const model_type_definition api_types_team[];
extern const model_type_definition api_types_token[]; /* token, token_secret */
extern const model_type_definition api_types_type[];
extern const model_type_definition api_types_job[];
extern const model_type_definition api_types_failure[];
extern const model_type_definition api_types_share[];
extern const model_type_definition api_types_package[];
extern const model_type_definition api_types_delivery[];
extern const model_type_definition api_types_read_log[];

extern const model_rule api_rules_order[];
extern const model_rule api_rules_total[];
extern const model_rule api_rules_activity[];
extern const model_rule api_rules_task[];
extern const model_rule api_rules_user[];
extern const model_rule api_rules_team[];
extern const model_rule api_rules_role[];
extern const model_rule api_rules_share[];
extern const model_rule api_rules_token[];

extern const api_op api_ops_record[];
extern const api_op api_ops_search[];
extern const api_op api_ops_schema[];
extern const api_op api_ops_history[];
extern const api_op api_ops_link[];
extern const api_op api_ops_merge[];
extern const api_op api_ops_batch[];
extern const api_op api_ops_customer[];
extern const api_op api_ops_order[];
extern const api_op api_ops_task[];
extern const api_op api_ops_plan[];
extern const api_op api_ops_journal[];
extern const api_op api_ops_clock[];
extern const api_op api_ops_states[];
extern const api_op api_ops_calendar[];
extern const api_op api_ops_lunar[];
extern const api_op api_ops_session[];
extern const api_op api_ops_auth[];
extern const api_op api_ops_user[];
extern const api_op api_ops_role[];
extern const api_op api_ops_token[];
extern const api_op api_ops_server[];
extern const api_op api_ops_watching[];
extern const api_op api_ops_describe[];
extern const api_op api_ops_package[];
extern const api_op api_ops_package_configure[];
extern const api_op api_ops_package_load[];
extern const api_op api_ops_upgrade[];
extern const api_op api_ops_plugin[];
extern const api_op api_ops_event[];
extern const api_op api_ops_share[];
extern const api_op api_ops_read_log[];
extern const api_op api_ops_person[];
extern const api_op api_ops_person_export[];
extern const api_op api_ops_permission[];
extern const api_op api_ops_job[];
extern const api_op api_ops_import[];
extern const api_op api_ops_export[];
extern const api_op api_ops_backup[];
extern const api_op api_ops_workflow[];
extern const api_op api_ops_delivery[];

extern const api_job_kind api_jobs_import[];

/* What an op that starts a job returns. */
extern const data_field api_result_job[];

/* A type's `visible` by which everybody sees what is of her own making: {created_by = "$user"}. */
#define API_VISIBLE_OWN                                                                              \
  {                                                                                                  \
    .data = (const uint8_t *)"\x81\xaa"                                                            \
                             "created_by"                                                          \
                             "\xa5"                                                                \
                             "$user",                                                              \
    .size = 18 \
  }

/* The type with that name, which the core itself defines. */
const model_type *api_noun_type(const crm_ctx *ctx, const char *name);

/* MODEL_TRUSTED when code of a package calls, 0 for a client. */
unsigned api_noun_trust(crm_ctx *ctx);

/* Of the type's records only the newest `kept` stay, where numbers are never skipped but by a restore; two of
 * the oldest go for each new one, so that what became too much shrinks. */
base_code api_noun_forget(crm_ctx *ctx, const model_type *type, int64_t newest, int64_t kept);

/* The parameter as text or integer; empty or 0 when it was not given. */
base_slice api_param_text(base_slice params, const char *name);
int64_t api_param_integer(base_slice params, const char *name);

/* The parameter's bytes, empty when it was not given or is nil. */
base_slice api_param_raw(base_slice params, const char *name);

/* The type that the parameter names, when the caller may read it. */
base_code api_param_type(crm_ctx *ctx, base_slice params, const char *name,
                         const model_type **type);

/* What people know the record by: its title field as a text, else its number. */
void api_noun_append_title(const model_type *type, base_slice record, base_buffer *out);

/* {field = value, state = state}: the two-field where that lists of open things need. */
base_slice api_noun_where(crm_ctx *ctx, const char *field, data_value value, const char *state);

/* An order of one term. */
base_slice api_noun_order(crm_ctx *ctx, const char *term);

/* One page of a type by that where and a one-term order. */
base_code api_noun_find(crm_ctx *ctx, const char *type, base_slice where, const char *order,
                        int64_t limit, base_slice after, model_page *page);

/* A msgpack array of the page's records. */
void api_noun_append_items(const model_page *page, base_buffer *out);

/* {items = […], next = text or nil} */
void api_noun_append_page(const model_page *page, base_buffer *out);

/* The type and number of the record that a journal entry's change is about; NULL when it is about
 * something else, was erased, or is the server's own. */
const model_type *api_noun_changed_type(crm_ctx *ctx, const store_change *change, int64_t *id);

/* Where reading the journal begins: behind the param `after`, or with the first entry there is.
 * CURSOR_EXPIRED for a position of another epoch (the param `epoch`), or one whose entries were
 * retired. */
base_code api_noun_cursor(crm_ctx *ctx, base_slice params, uint64_t *after);

/* CURSOR_EXPIRED: the entry is not in the journal any more. */
base_code api_noun_retired(crm_ctx *ctx, uint64_t sequence);

/* Results that several rows share. What returns a record is described by model_system_fields: these,
 * and the fields of its type. */
#define API_RESULT_ITEMS(text)                                                                     \
  { .name = "items", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = text }
#define API_RESULT_NEXT                                                                            \
  { .name = "next", .kind = DATA_KIND_TEXT, .doc = "Pass it as `after`; nil: there is no more." }

/* Params that several rows share, written once. */
#define API_PARAM_TYPE                                                                             \
  { .name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "A type's name." }
#define API_PARAM_ID                                                                               \
  { .name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "The record's number." }
#define API_PARAM_LIMIT                                                                            \
  {                                                                                                \
    .name = "limit", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 1, .max = MODEL_LIMIT_MAX, \
    .doc = "Records of one page, 1 to 500; 50 when not given."                                     \
  }
#define API_PARAM_AFTER                                                                            \
  { .name = "after", .kind = DATA_KIND_TEXT, .doc = "The cursor `next` of the page before." }
