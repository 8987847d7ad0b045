/* tree: places in a hierarchy as paths of names, from large to small: "国内/山东/济南" (SEG-03).
 *
 * There is no table of nodes: what a business writes is its tree. A path is under another when its
 * first names are the other's, or when it contains the other's names one behind the other:
 * "国内/山东/济南" is under "国内", "国内/山东", "山东" and "山东/济南", and not under "国内/济南".
 *
 * Memory:  results are appended to the caller's buffer.  Threads: any.
 * Fails:   data_tree_read: false for a text that is no path. */
#pragma once

#include "base/buffer.h"

#define DATA_TREE_DEPTH 8 /* names of one path */
#define DATA_TREE_MAX 160 /* bytes of one path: as much of a text as a key keeps */

/* Appends the path with white space around names taken away and full-width "／" as "/". Refuses
 * empty names, and what is deeper or longer than a path may be. */
bool data_tree_read(base_slice typed, base_buffer *out);

bool data_tree_under(base_slice path, base_slice above);

/* Appends a msgpack array of all that the path is under, itself included, each once. */
void data_tree_append_above(base_slice path, base_buffer *out);
