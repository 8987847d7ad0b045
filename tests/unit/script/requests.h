/* requests: random requests over every writing op that a registry has, with params made from the ops'
 * own fields: mostly such as fit, with numbers of records that may be there.
 *
 * Memory:  params are appended to the caller's buffer; the rest is the requests'.
 * Threads: one.
 * Fails:   never; whether the server takes a request is the server's business. */
#pragma once

#include "probe.h"

#define REQUESTS_OPS 400
#define REQUESTS_TYPES 100
#define REQUESTS_DEPTH 5

typedef struct request_maker {
  const api_registry *registry;
  uint64_t chance;
  int64_t now;
  const api_op *ops[REQUESTS_OPS];
  size_t op_count;
  const api_op *often[2]; /* without what they make, most others have nothing to work on */
  const model_type *types[REQUESTS_TYPES];
  int64_t last_id[REQUESTS_TYPES]; /* of the type: what was seen in the journal */
  size_t type_count;
  const char *noun; /* of the op whose params are made */
  int depth;
} request_maker;

static inline int64_t request_below(request_maker *by, int64_t limit) {
  uint64_t z = (by->chance += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (int64_t)((z ^ (z >> 31)) % (uint64_t)limit);
}

#define REQUEST_ONE_OF(by, texts)                                                                  \
  (texts)[request_below(by, (int64_t)(sizeof(texts) / sizeof(texts)[0]))]

/* --- what there is ------------------------------------------------------------------------------- */

/* Jobs write by themselves, whenever their lane gets to it; what changes the schema starts one. */
static inline bool request_starts_jobs(const char *op) {
  static const char *const nouns[] = {"import.", "export.", "backup.",
                                      "job.",    "schema.", "workflow."};
  for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++) {
    if (strncmp(op, nouns[i], strlen(nouns[i])) == 0) return true;
  }
  return false;
}

static inline void request_add_op(const api_op *op, void *self) {
  const unsigned others =
      API_CONTROL | API_SESSION | API_INTERNAL | API_STEPS | API_LONG | API_ALONE;
  request_maker *by = self;
  if (!(op->flags & API_WRITE) || (op->flags & others) || request_starts_jobs(op->name)) return;
  assert_true(by->op_count < REQUESTS_OPS);
  by->ops[by->op_count++] = op;
}

static inline void request_add_type(const model_type *type, void *self) {
  request_maker *by = self;
  if (type->flags & (MODEL_TYPE_INTERNAL | MODEL_TYPE_SERVER)) return;
  assert_true(by->type_count < REQUESTS_TYPES);
  by->types[by->type_count++] = type;
}

static inline const api_op *request_find_op(const request_maker *by, const char *name) {
  size_t at = 0;
  while (strcmp(by->ops[at]->name, name) != 0) at++;
  return by->ops[at];
}

static inline void request_maker_init(request_maker *by, const api_registry *registry,
                                      uint64_t seed) {
  *by = (request_maker){.registry = registry, .chance = seed};
  api_registry_each_op(registry, request_add_op, by);
  model_schema_each(api_registry_schema(registry), request_add_type, by);
  by->often[0] = request_find_op(by, "record.create");
  by->often[1] = request_find_op(by, "order.create");
}

static inline size_t request_type_index(const request_maker *by, base_slice name) {
  size_t at = 0;
  while (at < by->type_count && !base_slice_is(name, by->types[at]->name)) at++;
  return at;
}

static inline void request_note_record(request_maker *by, base_slice type, int64_t id) {
  size_t at = request_type_index(by, type);
  if (at < by->type_count && id > by->last_id[at]) by->last_id[at] = id;
}

/* Mostly one that is there, and rather a late one. */
static inline int64_t request_id(request_maker *by, const char *type) {
  size_t at = request_type_index(by, base_slice_text(type));
  int64_t last = at < by->type_count ? by->last_id[at] : 0;
  if (last > 20 && request_below(by, 2) == 0) return last - request_below(by, 20);
  return 1 + request_below(by, last + 1);
}

/* --- values ---------------------------------------------------------------------------------------- */

static inline void request_append_map(request_maker *by, const data_field *fields, bool record,
                                      base_buffer *out);

static inline void request_append_text(request_maker *by, const data_field *field,
                                       base_buffer *out) {
  static const char *const texts[] = {"李静",   "王芳", "周强",      "王秀兰",
                                      "刘建国", "济南", "天宇保健茶"};
  if (strcmp(field->name, "to_type") == 0) {
    data_append_text(out, by->types[request_below(by, (int64_t)by->type_count)]->name);
  } else {
    data_append_text(out, REQUEST_ONE_OF(by, texts));
  }
}

static inline int64_t request_number(request_maker *by, const data_field *field) {
  bool own = strcmp(field->name, "id") == 0 || strcmp(field->name, "into") == 0;
  const char *name = own ? by->noun : field->name;
  bool known = request_type_index(by, base_slice_text(name)) < by->type_count;
  if (known || own) return request_id(by, known ? name : "customer");
  int64_t least = field->bounded ? field->min : 0;
  int64_t most = field->bounded && field->max - least < 1000 ? field->max : least + 1000;
  if (most < least) most = least; /* the bounds of a far corner */
  return least + request_below(by, most - least + 1);
}

static inline void request_append_choice(request_maker *by, const data_field *field,
                                         base_buffer *out) {
  int64_t count = 0;
  while (field->choices[count] != NULL) count++;
  data_append_text(out, field->choices[request_below(by, count)]);
}

static inline void request_append_printed(base_buffer *out, const char *format, int64_t number) {
  char text[64];
  (void)snprintf(text, sizeof text, format, (int)number);
  data_append_text(out, text);
}

static inline void request_append_date(request_maker *by, base_buffer *out) {
  char text[16];
  (void)snprintf(text, sizeof text, "2026-%02d-%02d", (int)(1 + request_below(by, 12)),
                 (int)(1 + request_below(by, 28)));
  data_append_text(out, text);
}

static inline void request_append_value(request_maker *by, const data_field *field,
                                        base_buffer *out);

static inline void request_append_list(request_maker *by, const data_field *field,
                                       base_buffer *out) {
  data_field element = *field;
  int64_t count = 1 + request_below(by, 3);
  element.kind = field->kind == DATA_KIND_TAGS ? DATA_KIND_TEXT : field->of;
  element.bounded = false;
  data_append_array(out, (size_t)count);
  for (int64_t i = 0; i < count; i++) request_append_value(by, &element, out);
}

/* What an op takes as it comes is mostly judged by the field of that name of its noun. */
static inline const data_field *request_judge(const request_maker *by, const data_field *field) {
  bool any = field->kind == DATA_KIND_ANY || field->of == DATA_KIND_ANY;
  size_t at = request_type_index(by, base_slice_text(by->noun));
  if (!any || at == by->type_count) return field;
  const data_field *own = data_field_find(by->types[at]->fields, base_slice_text(field->name));
  return own == NULL ? field : own;
}

static inline void request_append_value(request_maker *by, const data_field *field,
                                        base_buffer *out) {
  static const char *const regions[] = {"国内/山东/济南", "国内/山东/青岛", "国内/北京", "国内"};
  field = request_judge(by, field);
  switch (field->kind) {
    case DATA_KIND_TEXT:
    case DATA_KIND_ADDRESS:
      request_append_text(by, field, out);
      return;
    case DATA_KIND_INTEGER:
    case DATA_KIND_MONEY:
      data_append_integer(out, request_number(by, field));
      return;
    case DATA_KIND_DECIMAL:
      request_append_printed(out, "%d.5", request_below(by, 90));
      return;
    case DATA_KIND_DURATION:
      data_append_integer(out, request_below(by, 1 << 30));
      return;
    case DATA_KIND_BOOLEAN:
      data_append_boolean(out, request_below(by, 2) == 0);
      return;
    case DATA_KIND_DATE:
      request_append_date(by, out);
      return;
    case DATA_KIND_DATETIME:
      data_append_integer(out, by->now + request_below(by, 1 << 30));
      return;
    case DATA_KIND_LUNAR_DATE:
      request_append_printed(out, "2025-%02d-15", 1 + request_below(by, 12));
      return;
    case DATA_KIND_TREE:
      data_append_text(out, REQUEST_ONE_OF(by, regions));
      return;
    case DATA_KIND_PHONE:
      request_append_printed(out, "1386411%04d", request_below(by, 2000));
      return;
    case DATA_KIND_EMAIL:
      request_append_printed(out, "kehu%d@example.com", request_below(by, 900));
      return;
    case DATA_KIND_CHOICE:
    case DATA_KIND_STATES:
      request_append_choice(by, field, out);
      return;
    case DATA_KIND_REFERENCE:
      data_append_integer(out, request_id(by, field->to));
      return;
    case DATA_KIND_TAGS:
    case DATA_KIND_LIST:
      request_append_list(by, field, out);
      return;
    case DATA_KIND_MAP:
      request_append_map(by, field->fields, false, out);
      return;
    case DATA_KIND_ANY:
      request_append_text(by, field, out);
      return;
    case DATA_KIND_FILE:
      data_append_nil(out);
      return;
  }
}

/* What must be there, and little of the rest, which mostly has rules of its own; of a record nothing that
 * only the server sets. */
static inline void request_append_map(request_maker *by, const data_field *fields, bool record,
                                      base_buffer *out) {
  size_t count = 0;
  int64_t rare = record ? 2 + request_below(by, 20) : 3;
  size_t place = data_append_open_map(out);
  if (++by->depth > REQUESTS_DEPTH) fields = NULL;
  for (const data_field *field = fields; field != NULL && field->name != NULL; field++) {
    bool required = (field->flags & DATA_REQUIRED) != 0;
    if (record && (field->flags & DATA_READONLY)) continue;
    if (!required && request_below(by, rare) > 0) continue;
    data_append_text(out, field->name);
    request_append_value(by, field, out);
    count++;
  }
  by->depth--;
  data_append_close(out, place, count);
}

/* --- requests -------------------------------------------------------------------------------------- */

/* record.*: a type, and values that are its own. */
static inline void request_append_record(request_maker *by, const api_op *op, base_buffer *out) {
  size_t count = 0;
  const model_type *type = by->types[request_below(by, (int64_t)by->type_count)];
  static const char *const often[] = {"customer", "product", "project", "unit", "lead"};
  if (request_below(by, 2) == 0) {
    type = by->types[request_type_index(by, base_slice_text(REQUEST_ONE_OF(by, often)))];
  }
  by->noun = type->name;
  size_t place = data_append_open_map(out);
  for (const data_field *field = op->params; field->name != NULL; field++) {
    if (!(field->flags & DATA_REQUIRED)) continue;
    data_append_text(out, field->name);
    if (strcmp(field->name, "type") == 0) {
      data_append_text(out, type->name);
    } else if (strcmp(field->name, "values") == 0) {
      request_append_map(by, type->fields, true, out);
    } else {
      request_append_value(by, field, out);
    }
    count++;
  }
  data_append_close(out, place, count);
}

static inline void request_append_calls(request_maker *by, base_buffer *out);

static inline void request_append_params(request_maker *by, const api_op *op, base_buffer *out) {
  static char noun[API_NAME_MAX + 1];
  (void)snprintf(noun, sizeof noun, "%.*s", (int)strcspn(op->name, "."), op->name);
  by->noun = noun;
  if (strcmp(op->name, "batch.run") == 0) {
    request_append_calls(by, out);
  } else if (strcmp(noun, "record") == 0) {
    request_append_record(by, op, out);
  } else {
    request_append_map(by, op->params, false, out);
  }
}

static inline const api_op *request_op(request_maker *by) {
  if (request_below(by, 3) == 0) return by->often[request_below(by, 2)];
  return by->ops[request_below(by, (int64_t)by->op_count)];
}

/* Each alone may fail, and all with it: so there are few. */
static inline void request_append_calls(request_maker *by, base_buffer *out) {
  int64_t count = 1 + request_below(by, 3);
  data_append_map(out, 1);
  data_append_text(out, "calls");
  data_append_array(out, (size_t)count);
  for (int64_t i = 0; i < count; i++) {
    const api_op *op = request_op(by);
    while (strcmp(op->name, "batch.run") == 0) op = request_op(by);
    data_append_map(out, 2);
    data_append_pair_text(out, "op", op->name);
    data_append_text(out, "params");
    request_append_params(by, op, out);
  }
}
