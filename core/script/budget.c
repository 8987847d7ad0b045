/* budget: what is left, what ran out, and where. See budget.h. */
#include "script/budget.h"

#include <stdio.h>

#include "base/clock.h"
#include "script/package.h"

/* Of limits that are 0. */
#define MILLISECONDS 250
#define ALLOCATION ((size_t)1 << 20)
#define NESTING 100
#define ROWS_READ 100000
#define ROWS_WRITTEN 10000
#define TIMERS 10000
#define LOG_BYTES 16384
#define DELIVERIES 1000

#define FIRST_LOOK 8 /* the part of the time after which the thread is asked for the first time */
#define DEEP 2000    /* functions of Lua that wait for one another */

static int64_t or_else(int64_t limit, int64_t otherwise) {
  return limit == 0 ? otherwise : limit;
}

void script_budget_begin(script_budget *budget, const script_limits *limits, const crm_ctx *ctx,
                         int64_t *instructions) {
  uint64_t time = (uint64_t)or_else(limits->milliseconds, MILLISECONDS) * UINT64_C(1000000);
  *budget = (script_budget){
      .model.left = {[MODEL_DRAW_ROWS_READ] = or_else(limits->rows_read, ROWS_READ),
                     [MODEL_DRAW_ROWS_WRITTEN] = or_else(limits->rows_written, ROWS_WRITTEN),
                     [MODEL_DRAW_TIMERS] = or_else(limits->timers, TIMERS),
                     [MODEL_DRAW_LOG_BYTES] = or_else(limits->log_bytes, LOG_BYTES),
                     [MODEL_DRAW_DELIVERIES] = or_else(limits->deliveries, DELIVERIES)},
      .ctx = ctx,
      .instructions = instructions,
      .memory = (int64_t)limits->memory,
      .arena = ctx == NULL ? 0 : base_arena_size(ctx->arena),
      .allocation = limits->allocation == 0 ? ALLOCATION : limits->allocation,
      .nesting = or_else(limits->nesting, NESTING),
      .time = time,
      .look = base_clock_monotonic() + time / FIRST_LOOK,
  };
}

/* --- looking ----------------------------------------------------------------------------------------- */

/* A thread cannot have worked longer than the clock ran: mostly one cheap look is enough. The thread's
 * own clock is dear, so a call that lasts is asked for the first time after an eighth of its time, and
 * is taken to have worked all of that. */
static void look_at_clock(script_budget *budget, script_state *state) {
  uint64_t now = base_clock_monotonic();
  if (now <= budget->look) return;
  uint64_t worked = base_clock_worked();
  if (budget->deadline == 0) budget->deadline = worked + budget->time - budget->time / FIRST_LOOK;
  if (worked > budget->deadline) {
    script_budget_spend(budget, state, SCRIPT_SPENT_TIME);
  } else {
    budget->look = now + (budget->deadline - worked);
  }
}

static void look_at_arena(script_budget *budget, script_state *state) {
  if (budget->ctx == NULL) return;
  size_t size = base_arena_size(budget->ctx->arena);
  if (size > budget->arena) budget->memory -= (int64_t)(size - budget->arena);
  budget->arena = size;
  if (budget->memory < 0) script_budget_spend(budget, state, SCRIPT_SPENT_MEMORY);
}

void script_budget_look(script_budget *budget, script_state *state) {
  look_at_clock(budget, state);
  look_at_arena(budget, state);
  if (*budget->instructions < 0) script_budget_spend(budget, state, SCRIPT_SPENT_INSTRUCTIONS);
}

/* --- what ran out, and where --------------------------------------------------------------------------- */

/* The innermost line of Lua that is being run. Reads only, so the allocator may ask, too. */
static void note_place(script_budget *budget, const script_state *state) {
  lua_Debug at;
  for (int level = 0; state->lua != NULL && lua_getstack(state->lua, level, &at) != 0; level++) {
    lua_getinfo(state->lua, "Sl", &at);
    if (at.currentline > 0) {
      (void)snprintf(budget->place, sizeof budget->place, "%s:%d", at.short_src, at.currentline);
      return;
    }
  }
  (void)snprintf(budget->place, sizeof budget->place, "%s", state->package->name);
}

/* A stack that grows for ever is refused as a block that is too large: what is wrong is the recursion. */
static bool is_deep(const script_state *state) {
  lua_Debug at;
  return state->lua != NULL && lua_getstack(state->lua, DEEP, &at) != 0;
}

void script_budget_spend(script_budget *budget, script_state *state, script_spent what) {
  if (budget->spent != SCRIPT_SPENT_NOTHING) return;
  budget->spent = what;
  if (is_deep(state)) budget->spent = SCRIPT_SPENT_NESTING;
  script_budget_note(budget, state);
}

void script_budget_note(script_budget *budget, const script_state *state) {
  if (budget->place[0] != '\0') return;
  budget->package = state->package->name;
  note_place(budget, state);
}

bool script_budget_is_spent(const script_budget *budget) {
  if (budget->spent != SCRIPT_SPENT_NOTHING) return true;
  for (int i = 0; i < MODEL_DRAWS; i++) {
    if (budget->model.left[i] < 0) return true;
  }
  return false;
}

/* --- saying so ----------------------------------------------------------------------------------------- */

typedef struct spent_words {
  const char *what;
  const char *advice;
} spent_words;

static const spent_words words[][2] = {
    [SCRIPT_SPENT_INSTRUCTIONS] =
        {[BASE_ZH] = {"用完了一次操作的指令预算（script.instructions）",
                      "请检查是否有死循环，或把工作分成几次"},
         [BASE_EN] = {"used up the instructions of one op (script.instructions)",
                      "look for a loop that never ends, or split the work"}},
    [SCRIPT_SPENT_TIME] = {[BASE_ZH] = {"用完了一次调用的时间（script.milliseconds）",
                                        "请把工作分成几次"},
                           [BASE_EN] = {"used up the time of one call (script.milliseconds)",
                                        "split the work"}},
    [SCRIPT_SPENT_MEMORY] =
        {[BASE_ZH] = {"用完了一次调用的内存（script.memory_bytes）",
                      "请检查是否有不断增长的表或文本，只取需要的记录，或调高预算"},
         [BASE_EN] = {"used up the memory of one call (script.memory_bytes)",
                      "look for a table or text that keeps growing, ask for the records it needs, "
                      "or raise the budget"}},
    [SCRIPT_SPENT_ALLOCATION] =
        {[BASE_ZH] = {"要建立一个过大的文本或表（script.allocation_bytes）", "请分成几块处理"},
         [BASE_EN] = {"wanted a text or table that is too large (script.allocation_bytes)",
                      "work in pieces"}},
    [SCRIPT_SPENT_NESTING] = {[BASE_ZH] = {"调用嵌套太深（script.nesting）",
                                           "请检查是否有没有尽头的递归"},
                              [BASE_EN] = {"nested its calls too deep (script.nesting)",
                                           "look for a recursion that never ends"}},
};

/* What the model counted, it has words for; the place is ours. */
static base_code report_drawn(const script_budget *budget, crm_ctx *ctx, base_error *error) {
  char said[sizeof error->message];
  base_code code = model_budget_check(ctx);
  if (budget->place[0] == '\0') return code;
  (void)snprintf(said, sizeof said, "%s", ctx->error->message);
  return base_error_set(error, code, NULL, "%s: %s", "%s: %s", budget->place, said);
}

base_code script_budget_report(const script_budget *budget, crm_ctx *ctx, base_error *error) {
  if (budget->spent == SCRIPT_SPENT_NOTHING) return report_drawn(budget, ctx, error);
  const spent_words *said = &words[budget->spent][error->language];
  return base_error_set(error, BASE_BUDGET_EXCEEDED, NULL, "脚本包 %s %s，停在 %s：%s",
                        "package %s %s at %s: %s", budget->package, said->what, budget->place,
                        said->advice);
}
