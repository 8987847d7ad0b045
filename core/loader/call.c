/* call: trampolines. See call.h.
 *
 * Memory:  see the header.  Threads: any.  Fails: see the header. */
#include "loader/call.h"

#include "loader/frame.h"
#include "loader/out.h"

bool loader_call_inside(void) {
  return loader_frame_innermost() != NULL;
}

base_code loader_call_spoil(const crm_ctx *ctx) {
  loader_frame *frame = loader_frame_innermost();
  if (frame != NULL && frame->spoiled.code == BASE_OK) frame->spoiled = *ctx->error;
  return ctx->error->code;
}

/* Ends the frame: what the plugin answered, made good where it forgot something. */
static base_code leave(loader_frame *left, crm_ctx *ctx, int answer) {
  loader_frame_leave(left);
  if (left->spoiled.code != BASE_OK) {
    *ctx->error = left->spoiled;
    return ctx->error->code;
  }
  if (answer == CRM_OK) {
    base_error_clear(ctx->error); /* a failed look-up that the plugin knew how to go on from */
    return BASE_OK;
  }
  if (answer < CRM_OK || answer > CRM_INTERNAL) {
    return model_ctx_fail(ctx, BASE_INTERNAL, NULL, "插件 %s：%s 返回了未知的错误代码 %d",
                          "plugin %s: %s answered %d, which is no crm_code", left->plugin,
                          left->function, answer);
  }
  if ((int)ctx->error->code == answer) return ctx->error->code;
  return model_ctx_fail(ctx, (base_code)answer, NULL, "插件 %s：%s 失败，但没有说明原因",
                        "plugin %s: %s failed without saying why", left->plugin, left->function);
}

/* --- ops --------------------------------------------------------------------------------------- */

typedef int (*crm_run)(crm_ctx *ctx, crm_slice params, crm_out *result, void *self);

static base_code run_into(const loader_op *row, crm_run run, crm_ctx *ctx, base_slice params,
                          base_buffer *result) {
  const char *plugin = row->plugin->entry.name;
  crm_out out;
  loader_frame entered;
  BASE_TRY(loader_gate_enter(&row->plugin->gate, ctx, plugin));
  loader_out_init(&out, *result);
  loader_frame_enter(&entered, ctx, plugin, row->op.name);
  loader_guard_lend(loader_lend(params));
  loader_guard_lend_out(&out);
  int answer = run(ctx, loader_lend(params), &out, row->op.self);
  *result = out.buffer;
  loader_gate_leave(&row->plugin->gate);
  BASE_TRY(leave(&entered, ctx, answer));
  return loader_out_check(loader_out_bytes(&out), plugin, row->op.name, ctx->error);
}

base_code loader_op_run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  const loader_op *row = self;
  return run_into(row, row->op.run, ctx, params, result);
}

base_code loader_op_prepare(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                            const void *self) {
  const loader_op *row = self;
  return run_into(row, row->op.prepare, ctx, params, prepared);
}

/* --- rules ------------------------------------------------------------------------------------- */

base_code loader_rule_run(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  const loader_rule *row = self;
  const crm_change told = {.type = change->type->name,
                           .id = change->id,
                           .before = loader_lend(change->before),
                           .after = loader_lend(change->after),
                           .event = (uint64_t)change->event};
  loader_frame entered;
  BASE_TRY(loader_gate_enter(&row->plugin->gate, ctx, row->plugin->entry.name));
  loader_frame_enter(&entered, ctx, row->plugin->entry.name, row->rule.name);
  loader_guard_lend(told.before);
  loader_guard_lend(told.after);
  int answer = row->rule.run(ctx, &told, row->rule.self);
  loader_gate_leave(&row->plugin->gate);
  return leave(&entered, ctx, answer);
}

/* --- start, stop, answers ---------------------------------------------------------------------- */

base_code loader_call_start(loader_plugin *plugin, base_slice config, base_error *error) {
  const crm_plugin *entry = &plugin->entry;
  if (entry->start == NULL) return BASE_OK;
  crm_ctx ctx = {.arena = plugin->arena, .error = error};
  crm_slice kept = loader_lend(base_arena_slice(plugin->arena, config));
  loader_frame entered;
  loader_frame_enter(&entered, &ctx, entry->name, "start");
  loader_guard_lend(kept);
  int answer = entry->start(&ctx, &plugin->host, kept, entry->self);
  loader_guard_keep(plugin);
  return leave(&entered, &ctx, answer);
}

void loader_call_stop(loader_plugin *plugin) {
  if (plugin->entry.stop == NULL) return;
  base_error ignored = {0};
  crm_ctx ctx = {.arena = plugin->arena, .error = &ignored};
  loader_frame entered;
  loader_frame_enter(&entered, &ctx, plugin->entry.name, "stop");
  plugin->entry.stop(&ctx, plugin->entry.self);
  loader_frame_leave(&entered);
}

base_code loader_call_ask(crm_ask ask, const char *plugin, base_arena *arena, base_slice *params,
                          void *self, base_error *error) {
  *params = (base_slice){0};
  if (ask == NULL) return BASE_OK;
  crm_ctx ctx = {.arena = arena, .error = error};
  crm_out *out = loader_out_new(arena);
  loader_frame entered;
  loader_frame_enter(&entered, &ctx, plugin, "crm_ask");
  loader_guard_lend_out(out);
  int answer = ask(&ctx, out, self);
  BASE_TRY(leave(&entered, &ctx, answer));
  *params = loader_out_bytes(out);
  return loader_out_check(*params, plugin, "params", error);
}

void loader_call_done(crm_done done, const char *plugin, base_arena *arena, const crm_reply *reply,
                      void *self) {
  base_error ignored = {0};
  crm_ctx ctx = {.arena = arena, .error = &ignored};
  loader_frame entered;
  loader_frame_enter(&entered, &ctx, plugin, "crm_done");
  loader_guard_lend(reply->result);
  done(&ctx, reply, self);
  loader_frame_leave(&entered);
}
