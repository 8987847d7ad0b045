/* pause: see pause.h.
 *
 * Memory:  one arena for the entry.  Threads: as the header says.  Fails: as the header says.
 *
 * Rows of STORE_META: "epoch" → the epoch of the last start, 1 when there is none; "paused" → true. */
#include "api/pause.h"

#include "api/boot.h"
#include "api/engine_state.h"
#include "api/firing.h"
#include "base/log.h"

static void make_key(data_key *key, const char *name) {
  data_key_init(key);
  data_key_text(key, base_slice_text(name), DATA_KEY_HASH);
}

bool api_pause_get(const store_change_set *set) {
  data_key key;
  base_slice value;
  make_key(&key, "paused");
  return store_get(set, STORE_META, data_key_slice(&key), &value);
}

base_code api_pause_end(crm_ctx *ctx, bool *paused) {
  data_key key;
  *paused = api_pause_get(ctx->set);
  make_key(&key, "paused");
  api_firing_forget(api_execution_of(ctx)->engine);
  return *paused ? store_delete(ctx->set, STORE_META, data_key_slice(&key), ctx->error) : BASE_OK;
}

/* --- the start after a restore ------------------------------------------------------------------- */

static int64_t known_epoch(const store_change_set *set) {
  data_key key;
  base_slice value;
  make_key(&key, "epoch");
  return store_get(set, STORE_META, data_key_slice(&key), &value) ? data_peek(value).as.integer : 1;
}

static base_code put(crm_ctx *ctx, const char *name, base_slice value) {
  data_key key;
  make_key(&key, name);
  return store_put(ctx->set, STORE_META, data_key_slice(&key), value, ctx->error);
}

static base_code write_restored(crm_ctx *ctx, int64_t epoch, int64_t skipped) {
  static const uint8_t yes[] = {0xc3};
  base_buffer number = {0};
  data_append_integer(&number, epoch);
  base_slice value = model_ctx_take(ctx, &number);
  BASE_TRY(model_record_skip_ids(ctx, skipped));
  BASE_TRY(put(ctx, "epoch", value));
  return put(ctx, "paused", base_slice_make(yes, sizeof yes));
}

static base_code boot(api_group *group, const api_registry *registry, base_arena *arena,
                      base_error *error) {
  const api_engine *engine = group->engine;
  api_session session = api_boot_session(engine);
  api_execution execution = api_group_execution(group, registry, &session, arena, error);
  int64_t epoch = (int64_t)store_info_get(engine->store).epoch;
  base_code code = BASE_OK;
  api_execution_open(&execution);
  if (known_epoch(execution.ctx.set) < epoch) {
    base_log(BASE_LOG_WARN, "api.restored",
             "epoch=%lld skipped_ids=%lld advice=\"timers are paused until server.resume\"",
             (long long)epoch, (long long)engine->options.skip_ids);
    code = write_restored(&execution.ctx, epoch, engine->options.skip_ids);
  }
  if (code == BASE_OK) {
    code = api_group_append(group, &execution, base_slice_text("server.start"), (base_slice){0},
                            error);
  }
  api_execution_close(&execution);
  return code;
}

base_code api_pause_boot(api_engine *engine, const api_registry *registry, base_error *error) {
  api_group group;
  BASE_TRY(api_group_begin(&group, engine, error));
  base_arena *arena = base_arena_new();
  base_code code = boot(&group, registry, arena, error);
  if (code == BASE_OK) {
    code = api_group_commit(&group, error);
  } else {
    api_group_abort(&group);
  }
  base_arena_free(arena);
  error->data = (base_slice){0};
  return code;
}
