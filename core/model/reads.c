#include "model/reads.h"

#include <stdlib.h>

void model_reads_add(crm_ctx *ctx, const model_type *type, int64_t id) {
  model_reads *reads = ctx->reads;
  if (reads->count > 0) {
    const model_read *last = &reads->items[reads->count - 1];
    if (last->type == type && last->id == id)
      return; /* both sides of a change, a script's second look */
  }
  if (reads->count == reads->room) {
    size_t room = reads->room == 0 ? 16 : reads->room * 2;
    model_read *items = BASE_NEW_ARRAY(ctx->arena, model_read, room);
    if (reads->count > 0) memcpy(items, reads->items, reads->count * sizeof *items);
    reads->items = items;
    reads->room = room;
  }
  reads->items[reads->count++] = (model_read){.type = type, .id = id};
}

/* Of one type the sum comes last. */
static int compare(const void *a, const void *b) {
  const model_read *x = a;
  const model_read *y = b;
  if (x->type != y->type) return strcmp(x->type->name, y->type->name);
  if (x->id == y->id) return 0;
  if (x->id == 0 || y->id == 0) return x->id == 0 ? 1 : -1;
  return x->id < y->id ? -1 : 1;
}

void model_reads_sort(model_reads *reads) {
  size_t kept = 0;
  if (reads->count > 1) qsort(reads->items, reads->count, sizeof *reads->items, compare);
  for (size_t i = 0; i < reads->count; i++) {
    const model_read *last = kept == 0 ? NULL : &reads->items[kept - 1];
    model_read item = reads->items[i];
    bool again = last != NULL && last->type == item.type && (last->id == item.id || item.id == 0);
    if (!again) reads->items[kept++] = item;
  }
  reads->count = kept;
}
