/* identity: see identity.h.
 *
 * Memory:  a token's scope is copied into the request's arena.
 * Threads: the submitting one.  Fails: never. */
#include "api/identity.h"

bool api_token_serves(base_slice token, int64_t now) {
  return data_map_integer(token, "revoked_at", 0) == 0 &&
         data_map_integer(token, "expires_at", INT64_MAX) > now;
}

static bool find_user(crm_ctx *ctx, base_slice name, base_slice *record) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("user"));
  return type != NULL && model_record_find_by(ctx, type, "name", name, record) &&
         !data_map_boolean(*record, "disabled", false);
}

static void take_user(api_session *session, base_slice record) {
  data_value roles = {0};
  api_session before = *session;
  (void)data_map_find(record, "roles", &roles);
  api_session_login(session, data_map_text(record, "name"), roles.raw);
  session->token = before.token;
  session->ops = before.ops;
  session->types = before.types;
  session->subscription = before.subscription;
}

/* An array in the arena; empty when the token is not limited. */
static base_slice scope_of(const crm_ctx *ctx, base_slice token, const char *name) {
  data_value list = {0};
  (void)data_map_find(token, name, &list);
  bool limits = list.type == DATA_ARRAY && list.as.count > 0;
  return limits ? base_arena_slice(ctx->arena, list.raw) : (base_slice){0};
}

static bool take_token(crm_ctx *ctx, api_session *session) {
  base_slice token;
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("token"));
  if (type == NULL || !model_record_find(ctx, type, session->token, &token)) return false;
  if (!api_token_serves(token, ctx->now)) return false;
  session->ops = scope_of(ctx, token, "ops");
  session->types = scope_of(ctx, token, "types");
  return true;
}

static void look(crm_ctx *ctx, api_session *session, uint64_t count) {
  base_slice record;
  bool newer = session->identity != count;
  session->identity = count;
  bool known = session->token == 0 || take_token(ctx, session);
  if (known && newer) {
    known = find_user(ctx, base_slice_text(session->user), &record);
    if (known) take_user(session, record);
  }
  if (!known) api_session_logout(session);
}

void api_identity_refresh(api_engine *engine, api_request *request) {
  api_session *session = &request->session;
  uint64_t count = atomic_load(&engine->identity);
  session->ops = session->types = (base_slice){0};
  if (session->user[0] == '\0' || session->identity == 0) return;
  if (session->identity == count && session->token == 0) return;
  store_view *view = NULL;
  base_error error = {0};
  api_door own = {.view = NULL};
  api_door *door = request->door == NULL ? &own : request->door;
  if (api_door_view(door, engine->store, &view, &error) != BASE_OK) {
    /* The next request looks again; nobody knows meanwhile what a token is limited to. */
    if (session->token != 0) api_session_logout(session);
    return;
  }
  crm_ctx ctx = {.arena = request->arena,
                 .error = &error,
                 .set = store_change_set_new(view, request->arena),
                 .schema = api_registry_schema(request->registry),
                 .now = api_engine_now(engine)};
  look(&ctx, session, count);
  api_door_rest(&own);
}
