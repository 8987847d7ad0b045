/* The package "core": the tables of all nouns, one behind the other. */
#include <stdlib.h>

#include "api/backup.h"
#include "api/erase.h"
#include "api/nouns/nouns.h"
#include "api/simulation.h"

static const model_type_definition *const all_types[] = {
    api_types_customer, api_types_product, api_types_order,   api_types_task,    api_types_activity,
    api_types_calendar, api_types_user,    api_types_role,    api_types_team,    api_types_token,
    api_types_type,     api_types_job,     api_types_failure, api_types_package, api_types_delivery,
    api_types_share,    api_types_read_log};

static const model_rule *const all_rules[] = {api_rules_order, api_rules_total, api_rules_activity,
                                              api_rules_task,  api_rules_user,  api_rules_team,
                                              api_rules_token, api_rules_role,  api_rules_share};

static const api_op *const all_ops[] = {
    api_ops_record,       api_ops_history,      api_ops_link,
    api_ops_merge,        api_ops_search,       api_ops_schema,
    api_ops_batch,        api_ops_customer,     api_ops_order,
    api_ops_task,         api_ops_plan,         api_ops_journal,
    api_ops_clock,        api_ops_calendar,     api_ops_lunar,
    api_ops_session,      api_ops_auth,         api_ops_user,
    api_ops_role,         api_ops_token,        api_ops_server,
    api_ops_watching,     api_ops_describe,     api_ops_event,
    api_ops_package,      api_ops_plugin,       api_ops_job,
    api_ops_import,       api_ops_export,       api_ops_states,
    api_ops_backup,       api_ops_workflow,     api_ops_package_configure,
    api_ops_package_load, api_ops_upgrade,      api_ops_delivery,
    api_ops_share,        api_ops_permission,   api_ops_read_log,
    api_ops_person,       api_ops_person_export};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const api_job_kind *const all_jobs[] = {api_jobs_import, api_jobs_backup, api_jobs_simulate,
                                               api_jobs_erase};

static const model_type_definition *join_types(base_arena *arena) {
  size_t count = 0;
  for (size_t i = 0; i < COUNT(all_types); i++) {
    for (const model_type_definition *type = all_types[i]; type->name != NULL; type++) count += 1;
  }
  model_type_definition *joined = BASE_NEW_ARRAY(arena, model_type_definition, count + 1);
  count = 0;
  for (size_t i = 0; i < COUNT(all_types); i++) {
    for (const model_type_definition *type = all_types[i]; type->name != NULL; type++) {
      joined[count] = *type;
      joined[count++].package = "core";
    }
  }
  return joined;
}

static const model_rule *join_rules(base_arena *arena) {
  size_t count = 0;
  for (size_t i = 0; i < COUNT(all_rules); i++) {
    for (const model_rule *rule = all_rules[i]; rule->name != NULL; rule++) count += 1;
  }
  model_rule *joined = BASE_NEW_ARRAY(arena, model_rule, count + 1);
  count = 0;
  for (size_t i = 0; i < COUNT(all_rules); i++) {
    for (const model_rule *rule = all_rules[i]; rule->name != NULL; rule++) {
      joined[count++] = *rule;
    }
  }
  return joined;
}

static const api_job_kind *join_jobs(base_arena *arena) {
  size_t count = 0;
  for (size_t i = 0; i < COUNT(all_jobs); i++) {
    for (const api_job_kind *kind = all_jobs[i]; kind->name != NULL; kind++) count += 1;
  }
  api_job_kind *joined = BASE_NEW_ARRAY(arena, api_job_kind, count + 1);
  count = 0;
  for (size_t i = 0; i < COUNT(all_jobs); i++) {
    for (const api_job_kind *kind = all_jobs[i]; kind->name != NULL; kind++) {
      joined[count++] = *kind;
    }
  }
  return joined;
}

static const api_op *join_ops(base_arena *arena) {
  size_t count = 0;
  for (size_t i = 0; i < COUNT(all_ops); i++) {
    for (const api_op *op = all_ops[i]; op->name != NULL; op++) count += 1;
  }
  api_op *joined = BASE_NEW_ARRAY(arena, api_op, count + 1);
  count = 0;
  for (size_t i = 0; i < COUNT(all_ops); i++) {
    for (const api_op *op = all_ops[i]; op->name != NULL; op++) joined[count++] = *op;
  }
  return joined;
}

static void free_core(api_package *package) {
  base_arena_free(package->self);
  free(package);
}

api_package *api_core_package(void) {
  base_arena *arena = base_arena_new();
  api_package *core = base_alloc(sizeof *core);
  *core = (api_package){.name = "core",
                        .version = HAOKE_VERSION,
                        .doc = "Customers, contacts, products, orders, activities, tasks, users.",
                        .doc_zh = "客户、联系人、产品、订单、活动、任务与用户。",
                        .types = join_types(arena),
                        .rules = join_rules(arena),
                        .ops = join_ops(arena),
                        .jobs = join_jobs(arena),
                        .free = free_core,
                        .self = arena};
  return core;
}
