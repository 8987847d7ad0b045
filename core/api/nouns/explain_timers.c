/* explain_timers: what is due about a record, now or as it was. See explain.h.
 *
 * The store has the timers of now. Those of the past are in the journal, which is read back from that
 * entry, a query's worth of entries: what was set there and not taken away again by then was waiting. Of those
 * that were set even before, two kinds are known: those that still wait, and those that fired soon
 * after, because the entry that a timer's call makes names the one that set it. */
#include <stdlib.h>
#include <string.h>

#include "api/nouns/explain.h"
#include "base/map.h"

/* Timers that are told. */
#define TIMERS_MOST ((size_t)200)

typedef struct looking {
  crm_ctx *ctx;
  const store_view *view;
  const model_type *type;
  int64_t id;
  uint64_t at;
  uint64_t since; /* entries from here to `at` were looked at */
  base_map *seen; /* keys that those entries set or took away */
  size_t count;
  size_t room;
  model_timer *timers; /* in the ctx's arena */
} looking;

/* --- whom a timer is about ------------------------------------------------------------------------ */

/* Whether the op is one of the type's own: "task.due" is a task's. */
static bool is_own_op(const looking *l, base_slice op) {
  size_t size = strlen(l->type->name);
  return op.size > size && op.data[size] == '.' && memcmp(op.data, l->type->name, size) == 0;
}

/* As params say whom a call is about: {type, id}, {id} of the type's own op, or {lead = 5}. */
static bool is_about(const looking *l, const model_timer *timer) {
  data_value type = {0};
  bool given = data_map_find(timer->params, "type", &type) && type.type == DATA_TEXT;
  bool same = given ? base_slice_is(type.as.bytes, l->type->name) : is_own_op(l, timer->op);
  if (same && data_map_integer(timer->params, "id", 0) == l->id) return true;
  return data_map_integer(timer->params, l->type->name, 0) == l->id;
}

static void note(looking *l, const model_timer *timer) {
  if (!is_about(l, timer)) return;
  if (l->count == l->room) {
    size_t room = l->room == 0 ? 16 : l->room * 2;
    model_timer *timers = BASE_NEW_ARRAY(l->ctx->arena, model_timer, room);
    for (size_t i = 0; i < l->count; i++) timers[i] = l->timers[i];
    l->timers = timers;
    l->room = room;
  }
  l->timers[l->count++] = *timer;
}

/* --- now ------------------------------------------------------------------------------------------ */

/* Rows of the timer table are in the order of their instants: the earliest, as far as one query may look. */
static void look_now(looking *l,
                     bool (*wanted)(const looking *l, base_slice key, const model_timer *timer)) {
  base_slice key;
  base_slice value;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(l->ctx->set, STORE_TIMER, none, none, false);
  for (int64_t looked = 0; looked < l->ctx->scan_rows && l->count < TIMERS_MOST &&
                           store_cursor_next(cursor, &key, &value);
       looked++) {
    model_timer timer;
    model_timer_read(key, value, &timer);
    if (wanted(l, key, &timer)) note(l, &timer);
  }
  store_cursor_close(cursor);
}

static bool any(const looking *l, base_slice key, const model_timer *timer) {
  (void)l, (void)key, (void)timer;
  return true;
}

/* --- then ----------------------------------------------------------------------------------------- */

static bool is_seen(const looking *l, base_slice key) {
  return base_map_get(l->seen, key) != NULL;
}

/* Was set before the entries that were looked at, and is as it was: a retry was put since. */
static bool was_set_before(const looking *l, base_slice key, const model_timer *timer) {
  return timer->cause < l->since && timer->attempts == 0 && !is_seen(l, key);
}

static void note_change(looking *l, const store_change *change) {
  model_timer timer;
  if (change->table != STORE_TIMER || change->erased || is_seen(l, change->key)) return;
  (void)base_map_put(l->seen, change->key, l);
  if (change->deleted) return;
  model_timer_read(change->key, change->value, &timer);
  note(l, &timer);
}

static void look_back(looking *l) {
  store_entry entry;
  store_change change;
  uint64_t most = (uint64_t)l->ctx->scan_rows;
  for (uint64_t sequence = l->at; sequence > 0 && l->at - sequence < most; sequence--) {
    if (!store_entry_get(l->view, sequence, &entry)) return;
    while (store_entry_next(&entry.body, &change)) note_change(l, &change);
    l->since = sequence;
  }
}

/* The timer of that key, as the entry that set it has it. */
static void note_fired(looking *l, uint64_t cause, base_slice key) {
  store_entry entry;
  store_change change;
  if (!store_entry_get(l->view, cause, &entry)) return;
  while (store_entry_next(&entry.body, &change)) {
    bool same = change.table == STORE_TIMER && !change.erased && !change.deleted &&
                base_slice_equal(change.key, key);
    if (same) note_change(l, &change);
  }
}

static void look_ahead(looking *l) {
  store_entry entry;
  store_change change;
  uint64_t most = (uint64_t)l->ctx->scan_rows;
  uint64_t last = store_view_sequence(l->view);
  for (uint64_t sequence = l->at + 1; sequence <= last && sequence - l->at <= most; sequence++) {
    if (!store_entry_get(l->view, sequence, &entry)) return;
    if (entry.head.cause == 0 || entry.head.cause >= l->since) continue;
    while (store_entry_next(&entry.body, &change)) {
      if (change.table != STORE_TIMER || !change.deleted || is_seen(l, change.key)) continue;
      note_fired(l, entry.head.cause, change.key);
    }
  }
}

static int compare(const void *a, const void *b) {
  int64_t one = ((const model_timer *)a)->due;
  int64_t other = ((const model_timer *)b)->due;
  return one < other ? -1 : one > other;
}

static void look_then(looking *l) {
  l->seen = base_map_new();
  l->since = l->at + 1;
  look_back(l);
  if (l->since > 1) {
    look_now(l, was_set_before);
    look_ahead(l);
  }
  base_map_free(l->seen);
  if (l->count > 1) qsort(l->timers, l->count, sizeof *l->timers, compare);
  if (l->count > TIMERS_MOST) l->count = TIMERS_MOST;
}

/* --- telling -------------------------------------------------------------------------------------- */

static void append_timer(const looking *l, const model_timer *timer, base_buffer *out) {
  static const char *const names[] = {"field", "to", "clock", "rule"};
  bool again = timer->attempts > 0;
  base_language language = l->ctx->error->language;
  const char *zh = again ? "上次失败，到时重试（见 failures）" : "到时触发";
  const char *en = again ? "it failed and is tried again then (see failures)" : "it fires then";
  size_t place = data_append_open_map(out);
  size_t count = 6;
  data_append_pair_integer(out, "due", timer->due);
  data_append_pair_slice(out, "op", timer->op);
  data_append_pair_slice(out, "package", timer->package);
  data_append_pair_integer(out, "attempts", timer->attempts);
  data_append_pair_integer(out, "cause", (int64_t)timer->cause);
  data_append_pair_text(out, "text", language == BASE_EN ? en : zh);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    base_slice told = data_map_text(timer->params, names[i]);
    if (told.size == 0) continue;
    data_append_pair_slice(out, names[i], told);
    count++;
  }
  data_append_close(out, place, count);
}

uint64_t api_explain_timers(crm_ctx *ctx, const model_type *type, int64_t id, uint64_t at,
                            base_buffer *out) {
  const store_view *view = store_change_set_view(ctx->set);
  looking l = {.ctx = ctx, .view = view, .type = type, .id = id, .at = at, .since = 1};
  if (at == 0 || at >= store_view_sequence(view)) {
    look_now(&l, any);
  } else {
    look_then(&l);
  }
  data_append_array(out, l.count);
  for (size_t i = 0; i < l.count; i++) append_timer(&l, &l.timers[i], out);
  return l.since;
}
