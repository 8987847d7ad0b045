/* scan: the bounded scanner that stands before every decoder. It finds where one msgpack object
 * ends and proves that it is well formed; it is the framer of connections, and what it passed may
 * be read by read.h without further checks.
 *
 * It keeps its place between calls: an object that arrives a byte at a time is scanned once.
 * Refused: more bytes, depth, items or map entries than the limits, as soon as a head announces
 * them; ext types; text that is not UTF-8; a key twice in one map; keys that are not text; NaN and
 * infinities; the byte 0xc1.
 *
 * Memory:  a data_scan owns a stack that grows to the depth limit and four bytes for each key of the
 *          open maps; data_scan_fini frees them. The bytes are the caller's: between calls they may
 *          move, but may not change.
 * Threads: one at a time.
 * Fails:   BAD_REQUEST (malformed) or TOO_LARGE (a limit, named in the message). */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

typedef struct data_limits {
  size_t bytes;       /* of one object; at most 4 GiB - 1 */
  size_t depth;       /* nested arrays and maps */
  size_t items;       /* objects inside, at all depths */
  size_t map_entries; /* pairs of one map */
} data_limits;

typedef enum data_scan_state { DATA_SCAN_MORE, DATA_SCAN_DONE, DATA_SCAN_FAILED } data_scan_state;

typedef struct data_scan {
  data_limits limits;
  size_t at;          /* bytes already passed */
  size_t items;       /* objects begun or announced by a head */
  base_buffer levels; /* the open arrays and maps */
  base_buffer keys;   /* where the keys of the open maps begin */
} data_scan;

void data_scan_init(data_scan *scan, data_limits limits);
void data_scan_fini(data_scan *scan);

/* Readies the scanner for the next object. */
void data_scan_reset(data_scan *scan);

/* Goes on over `bytes`, which begin at the object's first byte and hold all that has come so far.
 * DONE: the object is the first scan->at bytes. MORE: call again with more bytes. */
data_scan_state data_scan_run(data_scan *scan, base_slice bytes, base_error *error);

/* Scans bytes that must be exactly one object. */
base_code data_scan_whole(base_slice bytes, data_limits limits, base_error *error);
