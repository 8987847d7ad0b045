/* trace: lines of the log about one request. See trace.h.
 * Memory:  a buffer for the params.  Threads: one at a time.  Fails: never. */
#include "api/trace.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "api/engine_state.h"
#include "base/log.h"

#define PARAMS_MOST 1024 /* bytes of the params in a line, about */
#define NAME_MOST 64
#define NANOSECONDS_PER_MS 1e6

/* --- params ------------------------------------------------------------------------------------- */

static bool is_name(base_slice text) {
  if (text.size == 0 || text.size > NAME_MOST || !islower(text.data[0])) return false;
  for (size_t i = 0; i < text.size; i++) {
    bool fits = islower(text.data[i]) || isdigit(text.data[i]) || text.data[i] == '_' ||
                text.data[i] == '.';
    if (!fits) return false;
  }
  return true;
}

static bool is_known(const api_request *request, base_slice text) {
  const model_type *type = NULL;
  const api_op *op = NULL;
  base_error ignored = {.language = BASE_EN};
  return is_name(text) && (model_schema_type(api_registry_schema(request->registry), text, &type,
                                             &ignored) == BASE_OK ||
                           api_registry_op(request->registry, text, &op, &ignored) == BASE_OK);
}

static bool tells_nobody(data_kind kind) {
  static const data_kind kinds[] = {DATA_KIND_INTEGER, DATA_KIND_DECIMAL,  DATA_KIND_MONEY,
                                    DATA_KIND_BOOLEAN, DATA_KIND_DATE,     DATA_KIND_DATETIME,
                                    DATA_KIND_CHOICE,  DATA_KIND_DURATION, DATA_KIND_REFERENCE};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (kinds[i] == kind) return true;
  }
  return false;
}

/* The keys, where they are names; a map that a client made may have anything for a key. */
static void append_keys(data_value map, base_buffer *out) {
  const char *between = "{";
  data_walk walk = data_walk_begin(map.raw);
  while (data_walk_next(&walk) && out->size < PARAMS_MOST) {
    base_slice key = walk.key.type == DATA_TEXT ? walk.key.as.bytes : (base_slice){0};
    base_buffer_format(out, "%s%.*s", between, is_name(key) ? (int)key.size : 1,
                       is_name(key) ? (const char *)key.data : "*");
    between = ",";
  }
  base_buffer_format(out, "%s}", between[0] == '{' ? "{" : "");
}

static void append_value(const api_request *request, const data_field *field, data_value value,
                         base_buffer *out) {
  bool shown = field != NULL && !(field->flags & DATA_PERSONAL) && tells_nobody(field->kind);
  if (value.type == DATA_NIL) {
    base_buffer_format(out, "nil");
  } else if (value.type == DATA_MAP) {
    append_keys(value, out);
  } else if (value.type == DATA_ARRAY) {
    base_buffer_format(out, "[%zu]", (size_t)value.as.count);
  } else if (shown && value.type == DATA_INTEGER) {
    base_buffer_format(out, "%" PRId64, value.as.integer);
  } else if (shown && value.type == DATA_BOOLEAN) {
    base_buffer_format(out, "%s", value.as.boolean ? "true" : "false");
  } else if (value.type == DATA_TEXT &&
             ((shown && value.as.bytes.size <= NAME_MOST) || is_known(request, value.as.bytes))) {
    base_buffer_append(out, value.as.bytes.data, value.as.bytes.size);
  } else {
    base_buffer_byte(out, '*');
  }
}

/* As they came, if they were not even checked; then nothing of them is declared. */
static void append_params(const api_request *request, base_buffer *out) {
  const char *between = "";
  if (data_peek(request->params).type != DATA_MAP) return;
  data_walk walk = data_walk_begin(request->params);
  while (data_walk_next(&walk) && out->size < PARAMS_MOST) {
    if (walk.key.type != DATA_TEXT) continue;
    base_slice key = walk.key.as.bytes;
    const data_field *fields = request->op->params;
    const data_field *field = fields == NULL ? NULL : data_field_find(fields, key);
    if (field == NULL) continue;
    base_buffer_format(out, "%s%s=", between, field->name);
    append_value(request, field, walk.value, out);
    between = " ";
  }
}

/* --- lines -------------------------------------------------------------------------------------- */

/* The value would end at a quote. */
static void unquote(base_buffer *text) {
  for (size_t i = 0; i < text->size; i++) {
    if (text->data[i] == '"') text->data[i] = '\'';
  }
}

static double between_ms(uint64_t from, uint64_t to) {
  return to > from ? (double)(to - from) / NANOSECONDS_PER_MS : 0;
}

static void write_line(base_log_level level, const char *event, const api_request *request,
                       const char *more) {
  char name[API_REQUEST_NAME];
  base_buffer params = {0};
  api_request_name(request->number, name);
  append_params(request, &params);
  unquote(&params);
  base_log(level, event, "op=%s request=%s actor=\"%s\" code=%s %s params=\"%.*s\"",
           request->op->name, name, request->session.user, base_code_name(request->error.code),
           more, BASE_SLICE_ARGS(base_buffer_slice(&params)));
  base_buffer_fini(&params);
}

void api_trace_slow(const api_request *request, uint64_t now) {
  int64_t most = atomic_load_explicit(&request->engine->slow_ms, memory_order_relaxed);
  char times[128];
  if (most == 0 || between_ms(request->started, now) < (double)most) return;
  uint64_t begun = request->begun == 0 ? request->started : request->begun;
  uint64_t ran = request->ran == 0 ? now : request->ran;
  (void)snprintf(times, sizeof times, "total_ms=%.1f wait_ms=%.1f run_ms=%.1f rest_ms=%.1f",
                 between_ms(request->started, now), between_ms(request->started, begun),
                 between_ms(begun, ran), between_ms(ran, now));
  write_line(BASE_LOG_WARN, "api.slow", request, times);
}

void api_trace_failed(const api_request *request) {
  char text[sizeof request->error.message + 16];
  (void)snprintf(text, sizeof text, "text=\"%s\"", request->error.message);
  write_line(BASE_LOG_ERROR, "api.failed", request, text);
}
