/* swap: see swap.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/swap.h"

#include <time.h>

#include "api/boot.h"
#include "api/job.h"
#include "api/member.h"
#include "api/publish.h"
#include "api/stored_package.h"
#include "api/upgrade.h"
#include "base/failpoint.h"
#include "base/log.h"

#define POLL_NS 200000

void api_swap_wait(const api_engine *engine) {
  const struct timespec pause = {.tv_nsec = POLL_NS};
  while (atomic_load(&engine->swapping)) (void)nanosleep(&pause, NULL);
}

/* --- closing, and back ------------------------------------------------------------------------- */

static base_code close_old(const api_engine *engine, api_package *old, base_error *error) {
  int64_t ms = engine->options.drain_ms;
  if (old->close(old, ms)) return BASE_OK;
  return base_error_set(error, BASE_UNAVAILABLE, "name",
                        "%s 的调用在 %lld 毫秒内没有结束，仍用旧版本：请稍后重试，或调大 "
                        "plugins.drain_ms",
                        "calls of %s were still under way after %lld ms, and the old version goes "
                        "on: try again, or raise plugins.drain_ms",
                        old->name, (long long)ms);
}

/* When this fails too, the package stays without calls until it is loaded anew. */
static void start_again(api_member *old, base_language language) {
  base_error error = {.language = language};
  if (api_member_start(old, &error) == BASE_OK) {
    old->package->open(old->package);
    return;
  }
  base_log(BASE_LOG_ERROR, "api.package_down", "package=%s code=%s text=\"%s\"", old->package->name,
           base_code_name(error.code), error.message);
}

/* --- the swap ---------------------------------------------------------------------------------- */

typedef struct swapping {
  api_engine *engine;
  api_request *request; /* of the control op */
  api_registry *next;
  api_member *old; /* or NULL */
  api_member *fresh;
  bool noted; /* that the new version is about to change records */
  base_error *error;
} swapping;

static base_code note(swapping *swap, base_error *error) {
  if (swap->noted) return BASE_OK;
  BASE_TRY(api_stored_package_note(swap->engine, swap->next, &swap->request->session,
                                   swap->request->op->name, swap->fresh->package, error));
  (void)base_failpoint("api.swap.after_note");
  swap->noted = true;
  return BASE_OK;
}

static base_code run_step(void *self, const char *op, base_slice params, base_error *error) {
  swapping *swap = self;
  BASE_TRY(note(swap, error));
  return api_upgrade_step(swap->engine, swap->next, &swap->request->session, op, params, error);
}

/* What comes between the new package's start and its first call. */
static base_code prepare_data(swapping *swap) {
  api_engine *engine = swap->engine;
  if (swap->fresh != NULL) {
    BASE_TRY(api_upgrade_run(api_publish_current(engine), swap->next, swap->fresh->package->name,
                             run_step, swap, swap->error));
  }
  (void)base_failpoint("api.swap.before_record");
  return api_stored_package_write(engine, swap->next, &swap->request->session,
                                  swap->request->op->name, swap->error);
}

static base_code start_fresh(swapping *swap) {
  if (swap->fresh != NULL) BASE_TRY(api_member_start(swap->fresh, swap->error));
  return prepare_data(swap);
}

static base_code exchange(swapping *swap) {
  api_member *old = swap->old;
  bool closes = old != NULL && old->package->close != NULL;
  if (closes) {
    BASE_TRY(close_old(swap->engine, old->package, swap->error));
    api_member_stop(old);
  }
  base_code code = start_fresh(swap);
  if (code == BASE_OK) {
    (void)base_failpoint("api.swap.before_publish");
    api_publish_put(swap->engine, swap->next);
    api_registry_open(swap->next);
  } else if (closes) {
    if (swap->fresh != NULL) api_member_stop(swap->fresh);
    start_again(old, swap->error->language);
  }
  return code;
}

/* The next version lacks an index, so that reads of the others must not begin any more. */
static void outdate(const swapping *swap) {
  atomic_store(&swap->engine->swapping, true);
  atomic_store(&swap->engine->oldest, api_registry_number(swap->next));
}

/* The version failed on records that it passed on the fork: a start goes on with the one before. */
static void take_note_back(const swapping *swap) {
  base_buffer failure = {0};
  api_job_append_error(swap->error, &failure);
  api_stored_package_refuse(swap->engine, &swap->request->session, swap->request->op->name,
                            swap->fresh->package->name, base_buffer_slice(&failure));
  base_buffer_fini(&failure);
}

/* With rows missing, finds would leave records out and nothing would be unique: the next start makes them. */
static void require_rows(const swapping *swap, const api_registry *current, const base_error *why) {
  base_error third = {.language = swap->error->language};
  bool whole = false;
  if (api_boot_whole(swap->engine, current, &whole, &third) == BASE_OK && whole) return;
  base_fatal("api.package_not_undone", "code=%s text=\"%s\"", base_code_name(why->code),
             why->message);
}

static void restore(const swapping *swap) {
  base_error second = {.language = swap->error->language};
  if (swap->noted) take_note_back(swap);
  api_registry *current = api_publish_current(swap->engine);
  if (api_boot(swap->engine, current, &second) != BASE_OK) {
    base_log(BASE_LOG_ERROR, "api.package_not_undone", "code=%s text=\"%s\"",
             base_code_name(second.code), second.message);
    require_rows(swap, current, &second);
  }
  atomic_store(&swap->engine->oldest, api_registry_number(current));
}

/* Ends with the next version in force, or freed with the store as it was. */
static base_code put_in_force(swapping *swap) {
  api_engine *engine = swap->engine;
  bool keeps = true;
  base_code code = api_boot_keeps(engine, swap->next, &keeps, swap->error);
  if (code == BASE_OK) {
    if (!keeps) outdate(swap);
    code = api_boot(engine, swap->next, swap->error);
    (void)base_failpoint("api.swap.after_boot");
    atomic_store(&engine->swapping, true);
    if (code == BASE_OK) code = exchange(swap);
    if (code != BASE_OK) restore(swap);
    atomic_store(&engine->swapping, false);
  }
  if (code != BASE_OK) api_registry_release(swap->next);
  return code;
}

static bool is_plugin(const api_package *package) {
  return package->close != NULL;
}

static base_code check_old(const api_member *old, const api_package *fresh, base_error *error) {
  if (old == NULL || is_plugin(old->package) == is_plugin(fresh)) return BASE_OK;
  const char *source = old->package->source == NULL ? API_PACKAGE_CORE : old->package->source;
  if (is_plugin(fresh)) {
    return base_error_set(
        error, BASE_VALIDATION_FAILED, "name", "正在运行的包 %s（%s）不是插件：请给插件另一个名字",
        "the package %s that runs (%s) is no plugin: give the plugin another name",
        old->package->name, source);
  }
  return base_error_set(error, BASE_VALIDATION_FAILED, "name",
                        "正在运行的包 %s（%s）是插件：请给脚本包另一个名字",
                        "the package %s that runs (%s) is a plugin: give the package another name",
                        old->package->name, source);
}

static base_code swap_package(swapping *swap, api_package *package, base_slice configs) {
  api_registry *current = api_publish_current(swap->engine);
  api_member *old = api_registry_member(current, package->name);
  base_code code = check_old(old, package, swap->error);
  if (code != BASE_OK) {
    package->free(package);
    return code;
  }
  if (configs.size == 0) configs = api_registry_configs(current);
  BASE_TRY(api_registry_replace(current, package, configs, &swap->next, swap->error));
  base_log(BASE_LOG_INFO, "api.package_swap", "package=%s version=%s before=%s", package->name,
           package->version, old == NULL ? "-" : old->package->version);
  swap->fresh = api_registry_member(swap->next, package->name);
  if (old == NULL) return put_in_force(swap);
  swap->old = api_member_acquire(old); /* its version may go while it is still looked at */
  code = put_in_force(swap);
  api_member_release(swap->old);
  return code;
}

/* --- enabled and disabled ---------------------------------------------------------------------- */

static base_slice disabled_after(const api_registry *current, const api_exchange *to,
                                 base_buffer *out) {
  base_slice before = api_registry_disabled(current);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  data_walk walk = data_walk_begin(before);
  while (before.size > 0 && data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, to->name)) continue;
    data_append_raw(out, walk.value.raw);
    count++;
  }
  if (!to->enabled) data_append_text(out, to->name);
  data_append_close(out, place, count + (to->enabled ? 0 : 1));
  return base_buffer_slice(out);
}

static base_code able(swapping *swap, const api_exchange *to) {
  api_registry *current = api_publish_current(swap->engine);
  base_buffer names = {0};
  base_slice disabled = disabled_after(current, to, &names);
  base_code code = api_registry_disable(current, disabled, &swap->next, swap->error);
  base_buffer_fini(&names);
  BASE_TRY(code);
  base_log(BASE_LOG_INFO, "api.package_able", "package=%s enabled=%d", to->name, (int)to->enabled);
  return put_in_force(swap);
}

static base_code configure(swapping *swap, base_slice configs) {
  api_registry *current = api_publish_current(swap->engine);
  BASE_TRY(api_registry_configure(current, configs, &swap->next, swap->error));
  return put_in_force(swap);
}

base_code api_swap_settle(api_engine *engine, api_request *request) {
  api_exchange to = engine->exchange;
  swapping swap = {.engine = engine, .request = request, .error = &request->error};
  engine->exchange = (api_exchange){0};
  if (to.failure.size > 0) {
    api_stored_package_refuse(engine, &request->session, request->op->name, to.name, to.failure);
  }
  if (request->error.code != BASE_OK) {
    if (to.package != NULL) to.package->free(to.package);
    return request->error.code;
  }
  if (to.package != NULL) return swap_package(&swap, to.package, to.configs);
  if (to.configs.size > 0) return configure(&swap, to.configs);
  return to.name != NULL && to.failure.size == 0 ? able(&swap, &to) : BASE_OK;
}

void api_engine_exchange(api_engine *engine, const api_exchange *to) {
  engine->exchange = *to;
}
