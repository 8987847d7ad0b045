/* policies: what users may do to records, compiled once for all their requests. A policy
 * (model/policy.h) follows from the user's record, the roles, the team and what was shared, and from the
 * types of a registry version; when one of them changes (engine.identity counts the former), the kept ones
 * go and are made again when somebody asks.
 *
 * Memory:  counted: whoever acquired one releases it; it points at the registry version it was made for,
 *          which the caller pins.
 * Threads: any; one lock, held to look and to put, not while a policy is made.
 * Fails:   never: whose policy cannot be made gets one that allows nothing. Inside the room only. */
#pragma once

#include "api/engine_state.h"

typedef struct api_policy api_policy;
typedef struct api_policies api_policies;

api_policies *api_policies_new(void);
void api_policies_free(api_policies *policies);

/* NULL for administrators, and before login. */
api_policy *api_policies_acquire(api_engine *engine, const api_registry *registry,
                                 const api_session *session);
void api_policies_release(api_policy *policy);

/* NULL also for a policy that restricts nothing. */
const model_policy *api_policies_rules(const api_policy *policy);

/* The subject as the store has it, for whoever explains a policy. */
void api_policies_subject(crm_ctx *ctx, base_slice user, model_subject *subject);
