/* team: users who belong together, with a leader, perhaps below another team. */
#include "api/nouns/nouns.h"
#include "api/nouns/user.h"

#define TEAM_DEPTH 16 /* teams above one another */

static const data_field team_fields[] = {{.name = "name",
                                          .kind = DATA_KIND_TEXT,
                                          .flags = DATA_REQUIRED | DATA_UNIQUE,
                                          .bounded = true,
                                          .min = 1,
                                          .max = API_NAME_MAX,
                                          .label_zh = "团队名",
                                          .label_en = "name"},
                                         {.name = "leader",
                                          .kind = DATA_KIND_TEXT,
                                          .flags = DATA_INDEX,
                                          .label_zh = "主管",
                                          .label_en = "leader",
                                          .doc = "A user's name."},
                                         {.name = "parent",
                                          .kind = DATA_KIND_REFERENCE,
                                          .to = "team",
                                          .label_zh = "上级团队",
                                          .label_en = "parent",
                                          .doc = "The team above; at most 16 above one another."},
                                         {.name = NULL}};

const model_type_definition api_types_team[] = {
    {.name = "team",
     .label_zh = "团队",
     .label_en = "team",
     .title = "name",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "Users who belong together; a user's field `team` says who is in it (ROL-01).",
     .fields = team_fields},
    {.name = NULL}};

static base_code check_leader(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  base_slice record;
  base_slice leader = data_map_text(change->after, "leader");
  if (leader.size == 0 || api_user_find(ctx, leader, &record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, "leader", "没有用户 %.*s",
                        "there is no user %.*s", BASE_SLICE_ARGS(leader));
}

/* Going up from any team ends. */
static base_code check_parents(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  base_slice record = change->after;
  for (int above = 0; above <= TEAM_DEPTH; above++) {
    int64_t parent = data_map_integer(record, "parent", 0);
    if (parent == 0) return BASE_OK;
    if (parent == change->id) break;
    BASE_TRY(model_record_get(ctx, change->type, parent, &record));
  }
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "parent",
                        "上级团队不能绕回自己，也不能超过 %d 层",
                        "the teams above must not lead back here, nor be more than %d", TEAM_DEPTH);
}

static const char *const leader_only[] = {"leader", NULL};
static const char *const parent_only[] = {"parent", NULL};

const model_rule api_rules_team[] = {{.name = "team_leader",
                                      .type = "team",
                                      .events = MODEL_CREATE | MODEL_UPDATE,
                                      .fields = leader_only,
                                      .doc = "Leaders exist (ROL-01).",
                                      .run = check_leader},
                                     {.name = "team_sessions",
                                      .type = "team",
                                      .events = MODEL_UPDATE | MODEL_DELETE | MODEL_RESTORE,
                                      .doc = "\"$team\" in permissions is what it is now (ROL-02).",
                                      .run = api_user_tell_sessions},
                                     {.name = "team_parents",
                                      .type = "team",
                                      .events = MODEL_CREATE | MODEL_UPDATE | MODEL_RESTORE,
                                      .fields = parent_only,
                                      .doc = "Teams form a tree (ROL-01).",
                                      .run = check_parents},
                                     {.name = NULL}};
