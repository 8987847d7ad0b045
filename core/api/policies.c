/* policies: see policies.h. */
#include "api/policies.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"

struct api_policy {
  _Atomic size_t references;
  base_arena *arena;
  const model_policy *rules;
};

struct api_policies {
  pthread_mutex_t mutex; /* guards the rest */
  base_map *users;       /* name → api_policy */
  uint64_t identity;     /* what they were made from … */
  uint64_t registry;     /* … and for */
};

/* --- one policy ----------------------------------------------------------------------------------- */

void api_policies_release(api_policy *policy) {
  if (policy == NULL || atomic_fetch_sub(&policy->references, 1) > 1) return;
  base_arena_free(policy->arena);
  free(policy);
}

const model_policy *api_policies_rules(const api_policy *policy) {
  return policy == NULL ? NULL : policy->rules;
}

static base_slice permissions_of(base_slice role) {
  data_value rows = {0};
  bool given = data_map_find(role, "permissions", &rows) && rows.type == DATA_ARRAY;
  return given ? rows.raw : (base_slice){0};
}

/* A role whose record is gone allows nothing: its name alone is nobody's right. */
static void take_roles(crm_ctx *ctx, base_slice user, model_subject *subject) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("role"));
  data_value names = {0};
  base_slice record;
  data_map_find(user, "roles", &names);
  if (type == NULL || names.type != DATA_ARRAY) return;
  model_role *roles = BASE_NEW_ARRAY(ctx->arena, model_role, names.as.count + 1);
  data_walk walk = data_walk_begin(names.raw);
  while (data_walk_next(&walk)) {
    model_role *role = &roles[subject->role_count++];
    *role = (model_role){.name = walk.value.as.bytes};
    role->gone = !model_record_find_by(ctx, type, "name", role->name, &record);
    if (!role->gone) role->permissions = permissions_of(base_arena_slice(ctx->arena, record));
  }
  subject->roles = roles;
}

static void take_team(crm_ctx *ctx, base_slice user, model_values *values) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("team"));
  base_slice record;
  int64_t id = data_map_integer(user, "team", 0);
  if (type == NULL || id == 0 || !model_record_find(ctx, type, id, &record)) return;
  values->team = data_map_integer(record, "id", id);
  values->team_name = base_arena_slice(ctx->arena, data_map_text(record, "name"));
}

/* A page of shares behind those there are. */
static void take_shares(crm_ctx *ctx, const model_page *page, model_subject *subject) {
  size_t count = subject->share_count + page->count;
  model_share *shares = BASE_NEW_ARRAY(ctx->arena, model_share, count + 1);
  for (size_t i = 0; i < subject->share_count; i++) shares[i] = subject->shares[i];
  for (size_t i = 0; i < page->count; i++) {
    base_slice record = base_arena_slice(ctx->arena, page->items[i]);
    shares[subject->share_count++] =
        (model_share){.type = data_map_text(record, "record_type"),
                      .id = data_map_integer(record, "record_id", 0),
                      .write = base_slice_is(data_map_text(record, "level"), "write")};
  }
  subject->shares = shares;
}

static base_code find_shares(crm_ctx *ctx, model_subject *subject) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("share"));
  base_buffer where = {0};
  if (type == NULL) return BASE_OK;
  data_append_map(&where, 1);
  data_append_pair_slice(&where, "user", subject->values.user);
  model_query query = {
      .type = type, .where = model_ctx_take(ctx, &where), .limit = MODEL_LIMIT_MAX};
  do {
    model_page page;
    BASE_TRY(model_find(ctx, &query, &page));
    take_shares(ctx, &page, subject);
    query.after = page.next;
  } while (query.after.size > 0);
  return BASE_OK;
}

void api_policies_subject(crm_ctx *ctx, base_slice user, model_subject *subject) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("user"));
  base_slice record;
  *subject = (model_subject){.values = {.user = base_arena_slice(ctx->arena, user)}};
  if (type == NULL || !model_record_find_by(ctx, type, "name", user, &record)) return;
  record = base_arena_slice(ctx->arena, record);
  subject->values.region = data_map_text(record, "region");
  take_roles(ctx, record, subject);
  take_team(ctx, record, &subject->values);
  /* Without them less is allowed, never more. */
  if (find_shares(ctx, subject) != BASE_OK) base_error_clear(ctx->error);
}

/* A view of its own: what a group has not committed yet is not asked. */
static void compile(api_engine *engine, const api_registry *registry, base_slice user,
                    api_policy *policy) {
  base_error error = {.language = engine->options.language};
  store_view *view = NULL;
  model_subject subject;
  policy->rules = &model_policy_nothing;
  if (store_view_open(engine->store, &view, &error) != BASE_OK) {
    base_log(BASE_LOG_ERROR, "api.policy_failed", "text=\"%s\"", error.message);
    return;
  }
  crm_ctx ctx = {.arena = policy->arena,
                 .error = &error,
                 .set = store_change_set_new(view, policy->arena),
                 .schema = api_registry_schema(registry),
                 .actor = {.name = base_slice_text("system"), .administrator = true},
                 .now = api_engine_now(engine),
                 .scan_rows = engine->options.scan_rows};
  api_policies_subject(&ctx, user, &subject);
  policy->rules = model_policy_new(ctx.schema, &subject, policy->arena);
  store_view_close(view);
}

static api_policy *make(api_engine *engine, const api_registry *registry, base_slice user) {
  api_policy *made = base_alloc(sizeof *made);
  *made = (api_policy){.arena = base_arena_new()};
  atomic_init(&made->references, 1);
  compile(engine, registry, user, made);
  return made;
}

/* --- those that are kept -------------------------------------------------------------------------- */

static bool release_one(base_slice user, void *policy, void *self) {
  (void)user;
  (void)self;
  api_policies_release(policy);
  return true;
}

static void forget_all(api_policies *policies) {
  base_map_each(policies->users, release_one, NULL);
  base_map_free(policies->users);
  policies->users = base_map_new();
}

api_policies *api_policies_new(void) {
  api_policies *made = base_alloc(sizeof *made);
  *made = (api_policies){.users = base_map_new()};
  (void)pthread_mutex_init(&made->mutex, NULL);
  return made;
}

void api_policies_free(api_policies *policies) {
  if (policies == NULL) return;
  forget_all(policies);
  base_map_free(policies->users);
  (void)pthread_mutex_destroy(&policies->mutex);
  free(policies);
}

/* What was made of something else goes. A count that was read before another is not gone back to. */
static bool is_current(api_policies *policies, uint64_t identity, uint64_t registry) {
  if (policies->identity == identity && policies->registry == registry) return true;
  if (identity < policies->identity || registry < policies->registry) return false;
  forget_all(policies);
  policies->identity = identity;
  policies->registry = registry;
  return true;
}

static api_policy *look(api_policies *policies, uint64_t identity, uint64_t registry,
                        base_slice user) {
  (void)pthread_mutex_lock(&policies->mutex);
  api_policy *found =
      is_current(policies, identity, registry) ? base_map_get(policies->users, user) : NULL;
  if (found != NULL) atomic_fetch_add(&found->references, 1);
  (void)pthread_mutex_unlock(&policies->mutex);
  return found;
}

/* Keeps one reference for itself. Two that were made at once are the same. */
static void put(api_policies *policies, uint64_t identity, uint64_t registry, base_slice user,
                api_policy *made) {
  (void)pthread_mutex_lock(&policies->mutex);
  bool keeps = is_current(policies, identity, registry) &&
               base_map_get(policies->users, user) == NULL && made->rules != &model_policy_nothing;
  if (keeps) {
    atomic_fetch_add(&made->references, 1);
    (void)base_map_put(policies->users, user, made);
  }
  (void)pthread_mutex_unlock(&policies->mutex);
}

api_policy *api_policies_acquire(api_engine *engine, const api_registry *registry,
                                 const api_session *session) {
  if (session->administrator || session->trusted || session->user[0] == '\0') return NULL;
  base_slice user = base_slice_text(session->user);
  /* Read before the view is opened: what is counted is in the view. */
  uint64_t identity = atomic_load(&engine->identity);
  uint64_t number = api_registry_number(registry);
  api_policy *found = look(engine->policies, identity, number, user);
  if (found != NULL) return found;
  found = make(engine, registry, user);
  put(engine->policies, identity, number, user, found);
  return found;
}
