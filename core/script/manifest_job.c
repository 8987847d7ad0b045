/* manifest_job: what a package wants called again and again. See manifest.h and api/schedule.h. */
#include "script/manifest.h"

static const char *const policies[] = {"late", "once", "skip", NULL};

const data_field script_manifest_job_form[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "rrule", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "op", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "params", .kind = DATA_KIND_MAP},
    {.name = "policy", .kind = DATA_KIND_CHOICE, .choices = policies},
    {.name = "from", .kind = DATA_KIND_DATE},
    {.name = "doc", .kind = DATA_KIND_ANY},
    {.name = NULL},
};

/* Rules that say nothing of when they begin. */
#define BEGINNING "2000-01-01"

static base_code check_rule(const char *rrule, data_date from, base_error *error) {
  const data_zone *zone = NULL;
  BASE_TRY(data_zone_find(base_slice_text("UTC"), &zone, error));
  return data_recurrence_check(base_slice_text(rrule), zone, from, error);
}

static base_code read_job(base_slice map, base_arena *arena, api_schedule *job, base_error *error) {
  base_slice part;
  data_value params;
  BASE_TRY(script_manifest_part(map, script_manifest_job_form, arena, &part, error));
  job->name = script_manifest_text(part, "name", arena);
  job->rrule = script_manifest_text(part, "rrule", arena);
  job->op = script_manifest_text(part, "op", arena);
  if (data_map_find(part, "params", &params)) job->params = params.raw;
  base_slice policy = data_map_text(part, "policy");
  for (size_t i = 0; policies[i] != NULL; i++) {
    if (base_slice_is(policy, policies[i])) job->policy = (data_policy)i;
  }
  base_slice from = data_map_text(part, "from");
  (void)data_date_parse(from.size > 0 ? from : base_slice_text(BEGINNING), &job->from);
  return check_rule(job->rrule, job->from, error);
}

static base_code check_unique(const api_schedule *jobs, size_t count, base_error *error) {
  for (size_t i = 0; i + 1 < count; i++) {
    if (strcmp(jobs[i].name, jobs[count - 1].name) != 0) continue;
    return base_error_set(error, BASE_VALIDATION_FAILED, "name", "有两个叫 %s 的 job",
                          "two jobs are named %s", jobs[i].name);
  }
  return BASE_OK;
}

base_code script_manifest_jobs(base_slice list, script_package *package, base_error *error) {
  size_t count = list.size == 0 ? 0 : data_peek(list).as.count;
  if (count == 0) return BASE_OK;
  api_schedule *jobs = BASE_NEW_ARRAY(package->arena, api_schedule, count + 1);
  package->door.schedules = jobs;
  data_walk walk = data_walk_begin(list);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    char step[32];
    base_code code = read_job(walk.value.raw, package->arena, &jobs[i], error);
    if (code == BASE_OK) code = check_unique(jobs, i + 1, error);
    if (code == BASE_OK) continue;
    (void)snprintf(step, sizeof step, "jobs[%zu]", i);
    base_error_within(error, step);
    return code;
  }
  return BASE_OK;
}
