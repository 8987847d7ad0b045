/* states: transitions and clocks as msgpack. See states.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: never. */
#include "data/append.h"
#include "data/states.h"

static size_t append_text(base_buffer *out, const char *key, const char *text) {
  if (text == NULL) return 0;
  data_append_pair_text(out, key, text);
  return 1;
}

static size_t append_texts(base_buffer *out, const char *key, const char *const *texts) {
  if (texts == NULL) return 0;
  data_append_text(out, key);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; texts[count] != NULL; count++) data_append_text(out, texts[count]);
  data_append_close(out, place, count);
  return 1;
}

static size_t append_where(base_buffer *out, base_slice where) {
  if (where.size == 0) return 0;
  data_append_pair_raw(out, "where", where);
  return 1;
}

static size_t append_policy(base_buffer *out, data_policy policy) {
  return policy == DATA_LATE ? 0 : append_text(out, "policy", data_policy_name(policy));
}

static size_t append_who(base_buffer *out, const data_who *who) {
  if (who == NULL) return 0;
  data_append_text(out, "who");
  size_t place = data_append_open_map(out);
  size_t pairs = append_texts(out, "roles", who->roles);
  pairs += append_texts(out, "users", who->users);
  pairs += append_texts(out, "fields", who->fields);
  data_append_close(out, place, pairs);
  return 1;
}

static size_t append_delay(base_buffer *out, const data_span *delay) {
  if (delay == NULL) return 0;
  data_append_text(out, "delay");
  size_t place = data_append_open_map(out);
  data_append_close(out, place, data_span_append(delay, out));
  return 1;
}

static size_t append_cap(base_buffer *out, const data_cap *cap) {
  if (cap == NULL) return 0;
  data_append_text(out, "cap");
  size_t place = data_append_open_map(out);
  size_t pairs = append_text(out, "type", cap->type) + append_text(out, "by", cap->by);
  pairs += append_text(out, "of", cap->of);
  data_append_pair_integer(out, "days", cap->days);
  data_append_pair_integer(out, "most", cap->most);
  pairs += append_where(out, cap->where);
  data_append_close(out, place, pairs + 2);
  return 1;
}

/* A target without conditions is just its name. */
static void append_target(base_buffer *out, const data_transition *row) {
  bool plain = row->who == NULL && row->where.size == 0 && row->delay == NULL &&
               row->claims == NULL && row->policy == DATA_LATE;
  if (plain) {
    data_append_text(out, row->to);
    return;
  }
  size_t place = data_append_open_map(out);
  size_t pairs = append_text(out, "to", row->to);
  pairs += append_who(out, row->who);
  pairs += append_where(out, row->where);
  pairs += append_delay(out, row->delay);
  pairs += append_policy(out, row->policy);
  pairs += append_text(out, "claims", row->claims);
  pairs += append_cap(out, row->cap);
  data_append_close(out, place, pairs);
}

static void append_targets(base_buffer *out, const data_transition *row) {
  const char *from = row->from;
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; row->from != NULL; row++) {
    if (strcmp(row->from, from) != 0) continue;
    append_target(out, row);
    count++;
  }
  data_append_close(out, place, count);
}

static bool came_before(const data_transition *all, const data_transition *row) {
  for (; all != row; all++) {
    if (strcmp(all->from, row->from) == 0) return true;
  }
  return false;
}

static size_t append_transitions(base_buffer *out, const data_transition *transitions) {
  if (transitions == NULL) return 0;
  data_append_text(out, "transitions");
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  for (const data_transition *row = transitions; row->from != NULL; row++) {
    if (came_before(transitions, row)) continue;
    data_append_text(out, row->from);
    append_targets(out, row);
    pairs++;
  }
  data_append_close(out, place, pairs);
  return 1;
}

static void append_spans(base_buffer *out, const data_clock *clock) {
  data_append_text(out, "spans");
  data_append_array(out, clock->span_count);
  for (size_t i = 0; i < clock->span_count; i++) {
    size_t place = data_append_open_map(out);
    size_t pairs = data_span_append(&clock->spans[i].span, out);
    pairs += append_where(out, clock->spans[i].where);
    data_append_close(out, place, pairs);
  }
}

static size_t append_ladder(base_buffer *out, const int64_t *ladder) {
  if (ladder == NULL) return 0;
  data_append_text(out, "ladder");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; ladder[count] != 0; count++) data_append_integer(out, ladder[count]);
  data_append_close(out, place, count);
  return 1;
}

static void append_clock(base_buffer *out, const data_clock *clock) {
  size_t place = data_append_open_map(out);
  size_t pairs = append_text(out, "name", clock->name);
  pairs += append_texts(out, "runs", clock->runs);
  pairs += append_texts(out, "pauses", clock->pauses);
  append_spans(out, clock);
  pairs += append_text(out, "due", clock->due);
  pairs += append_ladder(out, clock->ladder);
  if (clock->every) data_append_pair_boolean(out, "every", true);
  pairs += append_text(out, "level", clock->level);
  pairs += append_policy(out, clock->policy);
  data_append_close(out, place, pairs + 1 + clock->every);
}

size_t data_states_append(const data_field *field, base_buffer *out) {
  size_t pairs = append_transitions(out, field->transitions);
  if (field->clocks == NULL) return pairs;
  data_append_text(out, "clocks");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; field->clocks[count].name != NULL; count++) append_clock(out, &field->clocks[count]);
  data_append_close(out, place, count);
  return pairs + 1;
}
