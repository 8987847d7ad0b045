/* host: the table that plugins are lent, on top of ctx, model and api.
 *
 * Memory:  what the functions return lives in ctx->arena or the view.
 * Threads: a ctx's own; log and submit any.
 * Fails:   as crm/plugin.h says; UNAVAILABLE where the ctx has no records (start, stop, answers). */
#pragma once

#include <crm/plugin.h>
#include <stdarg.h>

/* The table as every plugin gets it: in debug builds each entry checks its call first (checked.c). */
const crm_host *loader_host_table(void);

/* The table without checks, and with them; the latter in debug builds only. */
extern const crm_host loader_host;
extern const crm_host loader_host_checked;

/* Its parts that live in a file of their own: reading, and records. */
crm_value loader_host_value(crm_slice bytes);
crm_value loader_host_lookup(crm_slice map, const char *key);
bool loader_host_walk(crm_walk *walk);

int loader_host_fail(crm_ctx *ctx, int code, const char *field, const char *zh, const char *en,
                     va_list arguments);
void loader_host_log(const crm_host *host, uint32_t level, const char *event, const char *format,
                     va_list arguments);

int loader_host_get(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record);
int loader_host_find(crm_ctx *ctx, const crm_query *query, crm_page *page);
int loader_host_count(crm_ctx *ctx, const char *type, crm_slice where, int64_t *count);
int loader_host_create(crm_ctx *ctx, const char *type, crm_slice values, crm_slice *record);
int loader_host_update(crm_ctx *ctx, const char *type, int64_t id, crm_slice values,
                       int64_t version, crm_slice *record);
int loader_host_remove(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record);
int loader_host_call(crm_ctx *ctx, const char *op, crm_slice params, crm_slice *result);
int loader_host_at(crm_ctx *ctx, int64_t due, const char *op, const char *name, crm_slice params);
int loader_host_cancel(crm_ctx *ctx, int64_t due, const char *op, const char *name);
