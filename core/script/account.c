#include "script/account.h"

#include <string.h>

#include "base/clock.h"

static void add(atomic_int_least64_t *to, int64_t amount) {
  (void)atomic_fetch_add_explicit(to, amount, memory_order_relaxed);
}

static int64_t get(const atomic_int_least64_t *from) {
  return atomic_load_explicit(from, memory_order_relaxed);
}

static void raise_to(atomic_int_least64_t *to, int64_t value) {
  int_least64_t is = get(to);
  while (is < value && !atomic_compare_exchange_weak(to, &is, value)) {}
}

script_account_entry script_account_open(script_budget *budget) {
  script_account_entry entry = {.instructions = *budget->instructions,
                                .at = base_clock_monotonic(),
                                .inner = budget->inner,
                                .inner_time = budget->inner_time};
  memcpy(entry.left, budget->model.left, sizeof entry.left);
  memcpy(entry.inner_drawn, budget->inner_drawn, sizeof entry.inner_drawn);
  budget->inner = 0;
  budget->inner_time = 0;
  memset(budget->inner_drawn, 0, sizeof budget->inner_drawn);
  return entry;
}

static void close_draws(script_account *account, script_budget *budget,
                        const script_account_entry *entry) {
  for (int i = 0; i < MODEL_DRAWS; i++) {
    int64_t drawn = entry->left[i] - budget->model.left[i];
    add(&account->drawn[i], drawn - budget->inner_drawn[i]);
    budget->inner_drawn[i] = entry->inner_drawn[i] + drawn;
  }
}

void script_account_close(script_account *account, script_budget *budget,
                          const script_account_entry *entry, int64_t peak, base_code code) {
  int64_t instructions = entry->instructions - *budget->instructions;
  uint64_t time = base_clock_monotonic() - entry->at;
  add(&account->calls, 1);
  add(&account->instructions, instructions - budget->inner);
  add(&account->nanoseconds, (int64_t)(time - budget->inner_time));
  raise_to(&account->memory_peak, peak);
  if (code != BASE_OK) add(&account->errors, 1);
  if (code == BASE_BUDGET_EXCEEDED) add(&account->budget_errors, 1);
  close_draws(account, budget, entry);
  budget->inner = entry->inner + instructions;
  budget->inner_time = entry->inner_time + time;
}

void script_account_read(const script_account *account, api_account *read) {
  *read = (api_account){.calls = get(&account->calls),
                        .instructions = get(&account->instructions),
                        .nanoseconds = get(&account->nanoseconds),
                        .memory_peak = get(&account->memory_peak),
                        .errors = get(&account->errors),
                        .budget_errors = get(&account->budget_errors),
                        .rows_read = get(&account->drawn[MODEL_DRAW_ROWS_READ]),
                        .rows_written = get(&account->drawn[MODEL_DRAW_ROWS_WRITTEN]),
                        .timers = get(&account->drawn[MODEL_DRAW_TIMERS]),
                        .deliveries = get(&account->drawn[MODEL_DRAW_DELIVERIES]),
                        .log_bytes = get(&account->drawn[MODEL_DRAW_LOG_BYTES])};
}
