/* check: opens the store of an image as a server does when it starts, and looks at all of it.
 *
 * It must open; the journal's chain must hold; every table must be what the journal's entries, put
 * one after the other, make of nothing, unless the first ones have been retired; and every record must
 * agree with its indexes, links and aliases. What it holds is then told for those who know what must be
 * there:
 *   {"sequence": n, "entries": [[sequence, actor, op, request], …], "records": [[key, value], …]}
 *
 * Memory:  the caller's buffer; the rest goes before it returns.
 * Threads: one; run it in a process of its own, since a store that is damaged may end it.
 * Fails:   the code and text of the first finding. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

base_code check_store(const char *directory, base_buffer *told, base_error *error);

/* The same for all that lies in a directory: the store "data"; each copy "backup-…" that has its own name
 * already (not ".part"); and when files of the journal were retired into "archive", the store that data
 * and archive restore, as "whole". What each of them holds is told as a map from name to bytes. */
base_code check_root(const char *root, base_buffer *told, base_error *error);
