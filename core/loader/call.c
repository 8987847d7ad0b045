/* call: trampolines. See call.h.
 *
 * Memory:  see the header.  Threads: any.  Fails: see the header. */
#include "loader/call.h"

#include "loader/out.h"

typedef struct frame {
  struct frame *outer;
  base_error spoiled; /* code BASE_OK while nothing is */
} frame;

static _Thread_local frame *innermost;

static void enter(frame *entered) {
  *entered = (frame){.outer = innermost};
  innermost = entered;
}

bool loader_call_inside(void) {
  return innermost != NULL;
}

base_code loader_call_spoil(const crm_ctx *ctx) {
  if (innermost != NULL && innermost->spoiled.code == BASE_OK) innermost->spoiled = *ctx->error;
  return ctx->error->code;
}

/* Ends the frame: what the plugin answered, made good where it forgot something. */
static base_code leave(const frame *left, crm_ctx *ctx, int answer, const char *plugin,
                       const char *row) {
  innermost = left->outer;
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
                          "plugin %s: %s answered %d, which is no crm_code", plugin, row, answer);
  }
  if ((int)ctx->error->code == answer) return ctx->error->code;
  return model_ctx_fail(ctx, (base_code)answer, NULL, "插件 %s：%s 失败，但没有说明原因",
                        "plugin %s: %s failed without saying why", plugin, row);
}

/* --- ops --------------------------------------------------------------------------------------- */

typedef int (*crm_run)(crm_ctx *ctx, crm_slice params, crm_out *result, void *self);

static base_code run_into(const loader_op *row, crm_run run, crm_ctx *ctx, base_slice params,
                          base_buffer *result) {
  const char *plugin = row->plugin->entry.name;
  crm_out out;
  frame entered;
  BASE_TRY(loader_gate_enter(&row->plugin->gate, ctx, plugin));
  loader_out_init(&out, *result);
  enter(&entered);
  int answer = run(ctx, loader_lend(params), &out, row->op.self);
  *result = out.buffer;
  loader_gate_leave(&row->plugin->gate);
  BASE_TRY(leave(&entered, ctx, answer, plugin, row->op.name));
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
  frame entered;
  BASE_TRY(loader_gate_enter(&row->plugin->gate, ctx, row->plugin->entry.name));
  enter(&entered);
  int answer = row->rule.run(ctx, &told, row->rule.self);
  loader_gate_leave(&row->plugin->gate);
  return leave(&entered, ctx, answer, row->plugin->entry.name, row->rule.name);
}

/* --- start, stop, answers ---------------------------------------------------------------------- */

base_code loader_call_start(loader_plugin *plugin, base_slice config, base_error *error) {
  const crm_plugin *entry = &plugin->entry;
  if (entry->start == NULL) return BASE_OK;
  crm_ctx ctx = {.arena = plugin->arena, .error = error};
  crm_slice kept = loader_lend(base_arena_slice(plugin->arena, config));
  frame entered;
  enter(&entered);
  int answer = entry->start(&ctx, &plugin->host, kept, entry->self);
  return leave(&entered, &ctx, answer, entry->name, "start");
}

void loader_call_stop(loader_plugin *plugin) {
  if (plugin->entry.stop == NULL) return;
  base_error ignored = {0};
  crm_ctx ctx = {.arena = plugin->arena, .error = &ignored};
  frame entered;
  enter(&entered);
  plugin->entry.stop(&ctx, plugin->entry.self);
  innermost = entered.outer;
}

base_code loader_call_ask(crm_ask ask, const char *plugin, base_arena *arena, base_slice *params,
                          void *self, base_error *error) {
  *params = (base_slice){0};
  if (ask == NULL) return BASE_OK;
  crm_ctx ctx = {.arena = arena, .error = error};
  crm_out *out = loader_out_new(arena);
  frame entered;
  enter(&entered);
  int answer = ask(&ctx, out, self);
  BASE_TRY(leave(&entered, &ctx, answer, plugin, "submit"));
  *params = loader_out_bytes(out);
  return loader_out_check(*params, plugin, "params", error);
}

void loader_call_done(crm_done done, base_arena *arena, const crm_reply *reply, void *self) {
  base_error ignored = {0};
  crm_ctx ctx = {.arena = arena, .error = &ignored};
  frame entered;
  enter(&entered);
  done(&ctx, reply, self);
  innermost = entered.outer;
}
