/* pause: after a restore nothing happens by itself. The world has gone on since the moment that was
 * restored: reminders and messages of that time may have left already, and what is due now may be
 * wrong. So a start that finds the store's epoch above the one it knows writes one entry: the numbers
 * of all types are skipped ahead (what was given out behind the restored moment is never given again),
 * the epoch is taken note of, and the pause begins. server.resume ends it.
 *
 * The flag is data of the store: an op that ends the pause is undone with its group like any other.
 *
 * Memory:  none kept.
 * Threads: get: any, over any set. boot: the thread that makes the engine. end: one per ctx.
 * Fails:   as the store. */
#pragma once

#include "api/registry.h"

struct api_engine;

/* Whether timers, and all that leaves the server, have to wait. */
bool api_pause_get(const store_change_set *set);

/* `paused` says whether it was. */
base_code api_pause_end(crm_ctx *ctx, bool *paused);

/* Before anything else is written by a start. */
base_code api_pause_boot(struct api_engine *engine, const api_registry *registry,
                         base_error *error);
