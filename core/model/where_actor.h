/* where_actor: "$user", "$team" and "$region" in the wheres of permissions. Inside the room only.
 *
 * Memory:  in the arena given.
 * Threads: any.
 * Fails:   INVALID_ARGUMENT for another text that begins with "$". */
#pragma once

#include "model/where.h"

/* Puts who asks into a test's operand. What the actor does not have makes the test one that never holds;
 * of a list it is left out. `number`: the field holds integers. `values` NULL: nothing is put in. */
base_code model_where_actor(const model_values *values, const data_field *field, bool number,
                            base_arena *arena, model_operator *op, data_value *given,
                            base_error *error);
