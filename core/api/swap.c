/* swap: see swap.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/swap.h"

#include <time.h>

#include "api/boot.h"
#include "api/member.h"
#include "api/publish.h"
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

static base_code exchange(api_engine *engine, api_member *old, api_registry *next,
                          api_member *fresh, base_error *error) {
  if (old != NULL) {
    BASE_TRY(close_old(engine, old->package, error));
    api_member_stop(old);
  }
  base_code code = api_member_start(fresh, error);
  if (code == BASE_OK) {
    api_publish_put(engine, next);
    api_registry_open(next);
  } else if (old != NULL) {
    start_again(old, error->language);
  }
  return code;
}

static base_code check_old(const api_member *old, base_error *error) {
  if (old == NULL || old->package->close != NULL) return BASE_OK;
  const char *source = old->package->source == NULL ? API_PACKAGE_CORE : old->package->source;
  return base_error_set(error, BASE_VALIDATION_FAILED, "name",
                        "正在运行的包 %s（%s）不是插件：请给插件另一个名字",
                        "the package %s that runs (%s) is no plugin: give the plugin another name",
                        old->package->name, source);
}

/* Ends with `next` in force, or freed with the store as it was. */
static base_code put_in_force(api_engine *engine, api_member *old, api_registry *next,
                              api_member *fresh, base_error *error) {
  base_error second = {.language = error->language};
  base_code code = api_boot_next(engine, next, error);
  if (code == BASE_OK) {
    atomic_store(&engine->swapping, true);
    code = exchange(engine, old, next, fresh, error);
    atomic_store(&engine->swapping, false);
    if (code == BASE_OK) return BASE_OK;
    (void)api_boot(engine, api_publish_current(engine), &second);
  }
  api_registry_release(next);
  return code;
}

static base_code swap(api_engine *engine, api_package *package, base_error *error) {
  api_registry *current = api_publish_current(engine);
  api_member *old = api_registry_member(current, package->name);
  api_registry *next = NULL;
  base_code code = check_old(old, error);
  if (code != BASE_OK) {
    package->free(package);
    return code;
  }
  BASE_TRY(api_registry_replace(current, package, &next, error));
  base_log(BASE_LOG_INFO, "api.package_swap", "package=%s version=%s before=%s", package->name,
           package->version, old == NULL ? "-" : old->package->version);
  api_member *fresh = api_registry_member(next, package->name);
  if (old == NULL) return put_in_force(engine, NULL, next, fresh, error);
  old = api_member_acquire(old); /* its version may go while it is still looked at */
  code = put_in_force(engine, old, next, fresh, error);
  api_member_release(old);
  return code;
}

base_code api_swap_settle(api_engine *engine, base_error *error) {
  api_package *package = engine->swap_to;
  engine->swap_to = NULL;
  if (package == NULL) return error->code;
  if (error->code == BASE_OK) return swap(engine, package, error);
  package->free(package);
  return error->code;
}

void api_engine_swap(api_engine *engine, api_package *package) {
  engine->swap_to = package;
}
