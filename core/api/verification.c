/* verification: see verification.h.
 *
 * Memory:  one arena, and a second that model_check empties after each record.
 * Threads: the caller's.  Fails: as the header says. */
#include "api/verification.h"

static void ignore(const char *finding, void *self) {
  (void)finding, (void)self;
}

static void report(uint64_t sequence, void *self) {
  const api_verification *verification = self;
  if (verification->progress != NULL) {
    verification->progress(sequence, verification->store.sequence, verification->self);
  }
}

static base_code check_records(api_verification *self, const store_view *view, base_error *error) {
  model_schema *schema = NULL;
  base_arena *arena = base_arena_new();
  crm_ctx ctx = {.arena = arena, .error = error, .set = store_change_set_new(view, arena)};
  base_code code = model_schema_stored(&ctx, &schema);
  ctx.schema = schema;
  if (code == BASE_OK) {
    code =
        model_check(&ctx, self->found == NULL ? ignore : self->found, self->self, &self->records);
  }
  if (schema != NULL) model_schema_free(schema);
  base_arena_free(arena);
  return code;
}

/* When what stood before the first entry was retired, the chain begins with that entry. */
static base_code check_journal(api_verification *self, const store_view *view, base_error *error) {
  uint64_t first = self->store.first;
  uint64_t last = self->store.sequence;
  if (first > 1) first++;
  if (last == 0 || first > last) return BASE_OK;
  return store_chain_verify(view, first, last, report, self, error);
}

static base_code check(api_verification *self, store *opened, base_error *error) {
  store_view *view = NULL;
  self->store = store_info_get(opened);
  BASE_TRY(store_view_open(opened, &view, error));
  base_code records = check_records(self, view, error);
  base_error second = {.language = error->language};
  base_code journal = check_journal(self, view, records == BASE_OK ? error : &second);
  if (journal != BASE_OK && records != BASE_OK && self->found != NULL) {
    self->found(second.message, self->self);
  }
  store_view_close(view);
  return records != BASE_OK ? records : journal;
}

base_code api_verification_run(api_verification *self, base_error *error) {
  store *opened = NULL;
  store_options options = {.directory = self->directory, .existing = true};
  BASE_TRY(store_open(&options, &opened, error));
  base_code code = check(self, opened, error);
  store_close(opened);
  return code;
}
