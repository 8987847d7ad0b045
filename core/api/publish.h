/* publish: which version of the registry is in force, and how the next one takes its place. Inside the
 * room only.
 *
 * A request pins the version it was looked up in. What reads may finish in it; what writes is renewed
 * by the writer lane, because only the version in force keeps every index.
 *
 * Memory:  the engine holds one reference of the version in force.
 * Threads: acquire: any. put: the writer lane, or the one that makes the engine.
 * Fails:   renew: UNKNOWN_METHOD, and what a submission is refused with. */
#pragma once

#include "api/engine_state.h"

/* The version in force, with a reference for the caller. */
api_registry *api_publish_acquire(api_engine *engine);

/* The version in force, on the writer lane, which is the only one to change it. */
api_registry *api_publish_current(const api_engine *engine);

/* Whether the store no longer keeps what reads of that version look at. To be asked behind the opening of
 * the view: one that was opened before still has it. */
bool api_publish_outdated(const api_engine *engine, const api_registry *registry);

/* Puts the version in force; takes over a reference. New packages are still to be opened. */
void api_publish_put(api_engine *engine, api_registry *registry);

/* Looks the request up again in the version in force, and forgets how it went so far. Where the op's
 * row is another one, the params are checked again as they were given, and a prepare step is due. */
base_code api_publish_renew(api_engine *engine, api_request *request);
