/* budget: what one call of a package may use, with all it calls in turn: the outermost call makes it,
 * calls inside share it. What is used up stays used up. Inside the room only.
 *
 * Time is what the thread worked, not what the clock on the wall shows: nothing in the sandbox can
 * wait, and that a machine is busy is not the package's fault.
 *
 * Memory:  lies on the stack of the outermost call.
 * Threads: one.
 * Fails:   script_budget_report: BUDGET_EXCEEDED with package, file and line. */
#pragma once

#include "model/model.h"
#include "script/script.h"

struct lua_State;
struct script_state;

typedef enum script_spent {
  SCRIPT_SPENT_NOTHING,
  SCRIPT_SPENT_INSTRUCTIONS,
  SCRIPT_SPENT_TIME,
  SCRIPT_SPENT_MEMORY,
  SCRIPT_SPENT_ALLOCATION, /* a single one */
  SCRIPT_SPENT_NESTING
} script_spent;

typedef struct script_budget {
  model_budget model;    /* first: the ctx's budget is this one */
  const crm_ctx *ctx;    /* NULL while loading */
  int64_t *instructions; /* left, of the op */
  int64_t memory;        /* bytes left, of all states of the call and the ctx's arena */
  size_t arena;          /* bytes of the ctx's arena that were counted */
  size_t allocation;     /* largest single one */
  int64_t nesting;       /* levels left */
  size_t charged;        /* by C functions, since the last look */
  uint64_t time;         /* nanoseconds that the call may work */
  uint64_t deadline;   /* base_clock_worked at which it must end; 0: the thread was not asked yet */
  uint64_t look;       /* base_clock_monotonic before which that cannot be */
  int64_t inner;       /* instructions that inner calls used: their packages', not the outer's */
  uint64_t inner_time; /* and their nanoseconds */
  int64_t inner_drawn[MODEL_DRAWS]; /* and what the model counted of them */
  script_spent spent;
  const char *package; /* which used it up */
  char place[96];      /* "health_product/init.lua:12", where */
} script_budget;

/* `ctx` may be NULL. */
void script_budget_begin(script_budget *budget, const script_limits *limits, const crm_ctx *ctx,
                         int64_t *instructions);

/* Looks at the clock and the arena. */
void script_budget_look(script_budget *budget, struct script_state *state);

/* Notes what is used up, unless something was before, and where. */
void script_budget_spend(script_budget *budget, struct script_state *state, script_spent what);

/* Notes where the call was refused something, unless something was before. */
void script_budget_note(script_budget *budget, const struct script_state *state);

/* Whether the call has to end, whatever the script does. */
bool script_budget_is_spent(const script_budget *budget);

/* Fills the error of a call whose budget is spent. */
base_code script_budget_report(const script_budget *budget, crm_ctx *ctx, base_error *error);
