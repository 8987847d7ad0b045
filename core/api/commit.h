/* commit: a group of requests on its way to the disk while the writer lane fills the next one. At most
 * one is; the writer lane waits for it before it hands over another. Its replies leave from the commit
 * lane, as soon as it is durable. Inside the room only.
 *
 * Memory:  the group and the requests are handed over; the requests go back to whoever made them.
 * Threads: the writer lane; open and close: whoever makes and frees the engine.
 * Fails:   open: UNAVAILABLE. A group that could not be written is the error of its requests, and of the
 *          group that was filled meanwhile (api_group_seal). */
#pragma once

#include "api/group.h"

base_code api_commit_open(api_engine *engine, base_error *error);

/* Waits for what is on its way; when no group is handed over any more. */
void api_commit_close(api_engine *engine);

bool api_commit_busy(const api_engine *engine);

/* Until nothing is on its way and all its replies have left. */
void api_commit_wait(const api_engine *engine);

/* Takes over a sealed group and its requests, chained by next and ending with NULL. None of them is to
 * be run again, which is the writer lane's business, and the group made no version of the registry. */
void api_commit_hand(api_engine *engine, const api_group *group, api_request *first);

/* Hands back the requests up to `end`; a group that failed is everybody's error. What is to be run again
 * is posted to the writer lane. */
void api_commit_reply(api_request *first, const api_request *end, const base_error *error);
