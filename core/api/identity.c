#include "api/identity.h"

static bool find_user(const api_request *request, const store_view *view, base_slice *record) {
  base_error ignored = {0};
  crm_ctx ctx = {.arena = request->arena,
                 .error = &ignored,
                 .set = store_change_set_new(view, request->arena)};
  const model_schema *schema = api_registry_schema(request->registry);
  const model_type *type = model_schema_find(schema, base_slice_text("user"));
  base_slice name = base_slice_text(request->session.user);
  return type != NULL && model_record_find_by(&ctx, type, "name", name, record) &&
         !data_map_boolean(*record, "disabled", false);
}

static void take_user(api_session *session, base_slice record) {
  data_value roles = {0};
  struct api_subscription *subscription = session->subscription;
  (void)data_map_find(record, "roles", &roles);
  api_session_login(session, data_map_text(record, "name"), roles.raw);
  session->subscription = subscription;
}

void api_identity_refresh(api_engine *engine, api_request *request) {
  api_session *session = &request->session;
  uint64_t count = atomic_load(&engine->identity);
  if (session->user[0] == '\0' || session->identity == 0 || session->identity == count) return;
  store_view *view;
  base_slice record;
  base_error error = {0};
  /* Without a view to look through, the next request looks again. */
  if (store_view_open(engine->store, &view, &error) != BASE_OK) return;
  session->identity = count;
  if (find_user(request, view, &record))
    take_user(session, record);
  else
    api_session_logout(session);
  store_view_close(view);
}
