/* link: what two records have to do with one another: relatives, friends, referrers, parts (ARC-10). A
 * link has a name and a direction, and both ends list it.
 *
 * Each link has two rows, (type, id, name, true, to type, to id) and (to type, to id, name, false, type,
 * id), in one change set. They hold the numbers of survivors at the time; when records are merged, the
 * survivor lists the links of all of its alias set, each pair of ends once. Links to deleted records
 * are left out of lists and are there again when the record is restored; a purge removes them.
 *
 * Memory:  items lie in the view or the ctx's arena.
 * Threads: one per ctx.
 * Fails:   NOT_FOUND when an end or the link is not there, INVALID_ARGUMENT for a link of a record to
 *          itself or a broken cursor. */
#pragma once

#include "model/ctx.h"

/* Bytes of a link's name. */
#define MODEL_LINK_NAME_MAX 64

typedef struct model_link {
  const model_type *type;
  int64_t id;
  base_slice name;
  const model_type *to_type;
  int64_t to;
} model_link;

/* Linking twice changes nothing. `link` then has the numbers of the survivors. */
base_code model_link_create(crm_ctx *ctx, model_link *link, unsigned flags);
base_code model_link_delete(crm_ctx *ctx, model_link *link, unsigned flags);

/* A link as one of its ends sees it. */
typedef struct model_link_item {
  base_slice name;
  bool out; /* from the record asked about to the other */
  const model_type *type;
  base_slice record; /* of the other end */
} model_link_item;

typedef struct model_link_page {
  size_t count;
  model_link_item *items;
  base_slice next; /* text, or empty: no more */
} model_link_page;

typedef struct model_link_query {
  const model_type *type;
  int64_t id;
  base_slice name;  /* empty: any */
  int64_t limit;    /* 0 for the default */
  base_slice after; /* text cursor of an earlier page, or empty */
} model_link_query;

/* By name, then those that go out last, then type and number. */
base_code model_link_find(crm_ctx *ctx, const model_link_query *query, model_link_page *page);

/* Removes all links of the very record of that number, at both ends. */
base_code model_link_purge(crm_ctx *ctx, const model_type *type, int64_t id);

/* A row's key as its parts. */
typedef struct model_link_row {
  base_slice type;
  int64_t id;
  base_slice name;
  bool out;
  base_slice to_type;
  int64_t to;
} model_link_row;

/* False when the key is none. */
bool model_link_read(base_slice key, base_arena *arena, model_link_row *row);

/* Key of the row that the link has at its other end. */
void model_link_mirror(const model_link_row *row, data_key *key);
