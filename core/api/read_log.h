/* read_log: who read records of types marked `log_reads` (ARC-15, ROL-06). An answer that tells of such
 * records leaves only when its entry is durable: a read that has made its answer goes to the writer lane,
 * which writes records of the type `read_log` in a group like any other, and then the reply leaves. What
 * cannot be logged is not answered. A write op's notes go into its own entry.
 *
 * Memory:  records are made in the ctx's arena.
 * Threads: the writer lane.
 * Fails:   TOO_LARGE beyond options.logged_records; what writing a record fails with. */
#pragma once

#include "api/engine.h"

#define API_READ_LOG_TYPE "read_log"

/* Records that one row of the log names at most; an answer with more takes several. */
#define API_READ_LOG_ROW 500

/* Writes the notes of ctx->reads as rows of the log into the change set. `op` told the caller. */
base_code api_read_log_write(crm_ctx *ctx, base_slice op);
