/* foresight: see foresight.h.
 *
 * Memory:  a step's in its arena.  Threads, Fails: as the header says. */
#include "api/foresight.h"

#include "api/engine_state.h"
#include "api/fork.h"
#include "api/nouns/nouns.h"

#define STEP_MS ((int64_t)24 * 60 * 60 * 1000)
/* Items that are kept at once: what fits a change set of the least size. */
#define CHUNK_BYTES ((size_t)24 << 10)

/* The fork's new entries on their way to be kept. */
typedef struct telling {
  api_foresight *foresight;
  base_error *error;
  crm_ctx ctx;       /* over the fork */
  base_buffer chunk; /* items one behind the other */
  size_t count;      /* of the chunk */
} telling;

static base_code keep_chunk(telling *t) {
  api_foresight *foresight = t->foresight;
  if (t->count == 0) return BASE_OK;
  BASE_TRY(foresight->keep(foresight->self, foresight->items, t->count,
                           base_buffer_slice(&t->chunk), t->error));
  foresight->items += (int64_t)t->count;
  t->count = 0;
  base_buffer_clear(&t->chunk);
  return BASE_OK;
}

static void append_item(telling *t, const store_entry *entry, const model_type *type, int64_t id,
                        const model_history_item *item) {
  base_buffer *out = &t->chunk;
  data_append_map(out, 5);
  data_append_pair_integer(out, "at", entry->head.at);
  data_append_pair_slice(out, "op", entry->head.op);
  data_append_pair_text(out, "type", type->name);
  data_append_pair_integer(out, "id", id);
  data_append_text(out, "changes");
  data_append_map(out, 2);
  model_history_append_change(item, out);
  t->count += 1;
}

static bool fits(telling *t) {
  api_foresight *foresight = t->foresight;
  foresight->over = foresight->items + (int64_t)t->count >= foresight->most;
  return !foresight->over;
}

static base_code tell_entry(telling *t, const store_entry *entry) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  model_history_item item;
  /* What a start writes is the server's, not the business's. */
  if (base_slice_is(entry->head.op, "server.start")) return BASE_OK;
  while (!t->foresight->over && store_entry_next(&rest, &change)) {
    const model_type *type = api_noun_changed_type(&t->ctx, &change, &id);
    if (type == NULL || !model_history_at(&t->ctx, type, id, entry->sequence, &item)) continue;
    if (fits(t)) append_item(t, entry, type, id, &item);
    if (t->chunk.size >= CHUNK_BYTES) BASE_TRY(keep_chunk(t));
  }
  return BASE_OK;
}

static base_code tell_all(telling *t, const store_view *view) {
  api_foresight *foresight = t->foresight;
  uint64_t last = store_view_sequence(view);
  store_entry entry;
  while (foresight->told < last && !foresight->over) {
    foresight->told += 1;
    if (store_entry_get(view, foresight->told, &entry)) BASE_TRY(tell_entry(t, &entry));
  }
  return keep_chunk(t);
}

static base_code tell(api_foresight *foresight, base_error *error) {
  api_engine *inner = api_fork_engine(foresight->fork);
  store_view *view = NULL;
  BASE_TRY(store_view_open(api_engine_store(inner), &view, error));
  base_arena *arena = base_arena_new();
  telling t = {.foresight = foresight,
               .error = error,
               .ctx = {.arena = arena,
                       .error = error,
                       .set = store_change_set_new(view, arena),
                       .schema = api_registry_schema(api_fork_registry(foresight->fork)),
                       .zone = inner->zone}};
  base_code code = tell_all(&t, view);
  base_buffer_fini(&t.chunk);
  base_arena_free(arena);
  store_view_close(view);
  return code;
}

api_foresight api_foresight_begin(api_fork *fork, int64_t until, int64_t most) {
  return (api_foresight){.fork = fork,
                         .until = until,
                         .most = most,
                         .at = api_fork_at(fork),
                         .told = api_fork_sequence(fork)};
}

base_code api_foresight_step(api_foresight *foresight, bool *done, base_error *error) {
  bool last = foresight->until - foresight->at <= STEP_MS;
  int64_t to = last ? foresight->until : foresight->at + STEP_MS;
  if (to < foresight->at) to = foresight->at;
  BASE_TRY(api_fork_advance(foresight->fork, to, error));
  foresight->at = to;
  BASE_TRY(tell(foresight, error));
  *done = foresight->over || to >= foresight->until;
  return BASE_OK;
}

/* --- a store that nobody serves ----------------------------------------------------------------- */

static base_code check_until(const api_fork *fork, int64_t until, base_error *error) {
  if (until > api_fork_at(fork)) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "until",
                        "until 应在当前时刻和最后一条日志之后：模拟的是将来",
                        "until lies behind the present and the last journal entry: what is "
                        "simulated is the future");
}

base_code api_foresight_run(const api_engine_options *options, const data_zone *zone, store *copy,
                            api_registry *registry, int64_t from, api_foresight *foresight,
                            base_error *error) {
  api_fork *fork = NULL;
  bool done = false;
  BASE_TRY(api_fork_over(options, zone, copy, registry, from, &fork, error));
  int64_t most = foresight->most;
  if (most == 0) most = api_engine_options_get(api_fork_engine(fork))->simulate_items;
  api_foresight made = api_foresight_begin(fork, foresight->until, most);
  made.keep = foresight->keep;
  made.self = foresight->self;
  base_code code = check_until(fork, made.until, error);
  while (code == BASE_OK && !done) code = api_foresight_step(&made, &done, error);
  *foresight = made;
  foresight->fork = NULL;
  api_fork_close(fork);
  return code;
}
