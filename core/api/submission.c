/* submission: access, the params every write takes, the op's own params. See submission.h.
 *
 * Memory:  the request's arena.  Threads: the submitting one.  Fails: into request->error. */
#include "api/submission.h"

#include "api/access.h"
#include "api/execution.h"

/* An op whose own params have that name keeps it: import.start has a dry run of its own. */
static bool take_param(const api_request *request, const char *name, data_value *value) {
  const data_field *fields = request->op->params;
  bool own = fields != NULL && data_field_find(fields, base_slice_text(name)) != NULL;
  return !own && data_map_find(request->params, name, value);
}

static base_code take_key(api_request *request, bool *taken) {
  data_value key;
  *taken = take_param(request, "idempotency_key", &key);
  if (!*taken || key.type == DATA_NIL) return BASE_OK;
  bool fits = key.type == DATA_TEXT && key.as.bytes.size > 0 &&
              key.as.bytes.size <= API_IDEMPOTENCY_KEY_MAX;
  if (!fits) {
    return base_error_set(&request->error, BASE_INVALID_ARGUMENT, "idempotency_key",
                          "idempotency_key 必须是 1 到 %d 字节的文本",
                          "idempotency_key must be a text of 1 to %d bytes",
                          API_IDEMPOTENCY_KEY_MAX);
  }
  if (request->session.user[0] == '\0') {
    return base_error_set(&request->error, BASE_INVALID_ARGUMENT, "idempotency_key",
                          "登录之后才能使用 idempotency_key",
                          "idempotency_key can be used after login only");
  }
  request->idempotency_key = key.as.bytes;
  return BASE_OK;
}

static base_code take_dry_run(api_request *request, bool *taken) {
  data_value dry_run;
  *taken = take_param(request, "dry_run", &dry_run);
  if (!*taken || dry_run.type == DATA_NIL) return BASE_OK;
  if (dry_run.type != DATA_BOOLEAN) {
    return base_error_set(&request->error, BASE_INVALID_ARGUMENT, "dry_run",
                          "dry_run 必须是 true 或 false", "dry_run must be true or false");
  }
  request->dry_run = dry_run.as.boolean;
  if (!request->dry_run || !(request->op->flags & API_STEPS)) return BASE_OK;
  return base_error_set(&request->error, BASE_INVALID_ARGUMENT, "dry_run",
                        "%s 分多次提交，不能单独演算",
                        "%s is written in several commits and has no "
                        "dry run of its own",
                        request->op->name);
}

static base_slice keep(const api_request *request, base_buffer *buffer) {
  base_slice kept = base_arena_slice(request->arena, base_buffer_slice(buffer));
  base_buffer_fini(buffer);
  return kept;
}

static void take_out(api_request *request, bool key, bool dry_run) {
  base_buffer patch = {0};
  base_buffer rest = {0};
  data_append_map(&patch, (size_t)key + (size_t)dry_run);
  if (key) {
    data_append_text(&patch, "idempotency_key");
    data_append_nil(&patch);
  }
  if (dry_run) {
    data_append_text(&patch, "dry_run");
    data_append_nil(&patch);
  }
  data_splice(request->params, base_buffer_slice(&patch), &rest);
  base_buffer_fini(&patch);
  request->params = keep(request, &rest);
}

static base_code take_params(api_request *request) {
  bool key = false;
  bool dry_run = false;
  if (data_peek(request->params).type != DATA_MAP) return BASE_OK; /* refused by validation */
  BASE_TRY(take_key(request, &key));
  BASE_TRY(take_dry_run(request, &dry_run));
  if (key || dry_run) take_out(request, key, dry_run);
  return BASE_OK;
}

base_code api_submission_check(api_request *request) {
  const api_op *op = request->op;
  model_actor actor = api_session_actor(&request->session);
  base_buffer valid = {0};
  BASE_TRY(api_access_check(&actor, op, request->caller, &request->error));
  bool writes = (op->flags & (API_WRITE | API_CONTROL)) == API_WRITE;
  if (writes) BASE_TRY(take_params(request));
  base_code code = api_execution_validate(op, request->params, &valid, &request->error);
  request->params = keep(request, &valid);
  request->prepared = request->params;
  request->ready = op->prepare == NULL;
  return code;
}
