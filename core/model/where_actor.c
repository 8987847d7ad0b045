/* where_actor: see where_actor.h. */
#include "model/where_actor.h"

typedef struct asking {
  const model_values *values;
  const data_field *field;
  bool number;
  base_arena *arena;
  base_error *error;
} asking;

static base_slice packed_integer(base_arena *arena, int64_t value) {
  base_buffer out = {0};
  data_append_integer(&out, value);
  base_slice made = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

static base_slice packed_text(base_arena *arena, base_slice text) {
  base_buffer out = {0};
  data_append_slice(&out, text);
  base_slice made = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* The value that a text of a permission's where stands for; false when the actor has none. */
static bool actor_value(const asking *a, data_value *given) {
  const model_values *values = a->values;
  base_slice text = given->type == DATA_TEXT ? given->as.bytes : (base_slice){0};
  if (text.size == 0 || text.data[0] != '$') return true;
  base_slice is = {0};
  if (base_slice_starts(text, base_slice_text("$$"))) {
    is = base_slice_after(text, 1);
  } else if (base_slice_is(text, "$user")) {
    is = values->user;
  } else if (base_slice_is(text, "$region")) {
    is = values->region;
  } else if (base_slice_is(text, "$team") && a->number) {
    *given = data_peek(packed_integer(a->arena, values->team));
    return values->team != 0;
  } else if (base_slice_is(text, "$team")) {
    is = values->team_name;
  }
  *given = data_peek(packed_text(a->arena, is));
  return is.size > 0;
}

static base_code unknown_value(const asking *a, base_slice text) {
  return base_error_set(a->error, BASE_INVALID_ARGUMENT, a->field->name,
                        "条件中没有 %.*s：可用 $user、$team、$region；字面的 $ 写作 $$",
                        "there is no %.*s: there are $user, $team and $region; a literal $ is "
                        "written $$",
                        BASE_SLICE_ARGS(text));
}

static bool is_known(base_slice text) {
  return base_slice_is(text, "$user") || base_slice_is(text, "$team") ||
         base_slice_is(text, "$region") || base_slice_starts(text, base_slice_text("$$"));
}

static base_code check_value(const asking *a, data_value given) {
  base_slice text = given.type == DATA_TEXT ? given.as.bytes : (base_slice){0};
  if (text.size == 0 || text.data[0] != '$' || is_known(text)) return BASE_OK;
  return unknown_value(a, text);
}

/* A list without what the actor does not have. */
static base_code actor_list(const asking *a, data_value *given) {
  base_buffer list = {0};
  size_t place = data_append_open_array(&list);
  size_t count = 0;
  base_code code = BASE_OK;
  data_walk walk = data_walk_begin(given->raw);
  while (code == BASE_OK && data_walk_next(&walk)) {
    data_value one = walk.value;
    code = check_value(a, one);
    if (code != BASE_OK || !actor_value(a, &one)) continue;
    data_append_raw(&list, one.raw);
    count += 1;
  }
  data_append_close(&list, place, count);
  *given = data_peek(base_arena_slice(a->arena, base_buffer_slice(&list)));
  base_buffer_fini(&list);
  return code;
}

base_code model_where_actor(const model_values *values, const data_field *field, bool number,
                            base_arena *arena, model_operator *op, data_value *given,
                            base_error *error) {
  static const uint8_t empty_array[] = {0x90};
  const asking a = {
      .values = values, .field = field, .number = number, .arena = arena, .error = error};
  bool has = true;
  if (values == NULL) return BASE_OK;
  if (given->type == DATA_ARRAY) {
    uint32_t count = given->as.count;
    BASE_TRY(actor_list(&a, given));
    has = *op != MODEL_BETWEEN || given->as.count == count;
  } else {
    BASE_TRY(check_value(&a, *given));
    has = actor_value(&a, given);
  }
  if (has) return BASE_OK;
  *op = MODEL_IN;
  *given = data_peek(base_slice_make(empty_array, sizeof empty_array));
  return BASE_OK;
}
