/* account: what a package has used since it was loaded: package.list shows it. What an inner call of
 * another package used is on that package's account alone. Inside the room only.
 *
 *   script_account_entry entry = script_account_open(budget);  …the call…
 *   script_account_close(account, budget, &entry, peak, code);
 *
 * Memory:  the package's.
 * Threads: any; the numbers are counted one by one, not together.
 * Fails:   never. */
#pragma once

#include <stdatomic.h>

#include "api/api.h"
#include "script/budget.h"

typedef struct script_account {
  atomic_int_least64_t calls;
  atomic_int_least64_t instructions;
  atomic_int_least64_t nanoseconds;
  atomic_int_least64_t memory_peak;
  atomic_int_least64_t errors;
  atomic_int_least64_t budget_errors;
  atomic_int_least64_t drawn[MODEL_DRAWS];
} script_account;

/* What there was when a call began. */
typedef struct script_account_entry {
  int64_t instructions;
  uint64_t at;
  int64_t inner;
  uint64_t inner_time;
  int64_t left[MODEL_DRAWS];
  int64_t inner_drawn[MODEL_DRAWS];
} script_account_entry;

script_account_entry script_account_open(script_budget *budget);
void script_account_close(script_account *account, script_budget *budget,
                          const script_account_entry *entry, int64_t peak, base_code code);
void script_account_read(const script_account *account, api_account *read);
