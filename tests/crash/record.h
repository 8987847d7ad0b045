/* record: what the recorder writes and the image builder reads: everything a process did to the
 * files below one directory, and what it sent, in the order in which it happened.
 *
 * A log is a sequence of a head, `name` bytes of name (and, for a rename or an exchange, `second` bytes
 * of the new name after it) and `data` bytes of data. Files and directories have numbers; the directory itself
 * is RECORD_ROOT. Calls on files and the log are under one lock, so that the order is the true one;
 * only syncs run outside it and have a begin and an end: one covers what stood before its begin,
 * and may be relied on after its end.
 *
 * Memory, Threads, Fails: it is only a format. Byte order is the machine's. */
#pragma once

#include <stdint.h>

enum { RECORD_ROOT = 1 };

typedef enum record_kind {
  RECORD_KNOWN = 1,  /* object: a file or directory that was there before; name: its path */
  RECORD_CREATE,     /* object, in directory `other`, by name; offset: 1 for a directory */
  RECORD_WRITE,      /* object, offset, data; `other`: 1 when durable with the call (O_DSYNC) */
  RECORD_TRUNCATE,   /* object, offset: its new size */
  RECORD_SYNC_BEGIN, /* object, offset: number of this sync */
  RECORD_SYNC_END,   /* object, offset: the same number */
  RECORD_RENAME,     /* object; from directory `other` name, to directory `offset` second */
  RECORD_UNLINK,     /* in directory `other`, by name */
  RECORD_SEND,       /* object: number of a connection; data */
  RECORD_EXCHANGE,   /* in directory `other`: object by second, object `offset` by name */
  RECORD_LINK,       /* object, in directory `other`, by one name more */
} record_kind;

typedef struct record_head {
  uint32_t kind;
  uint32_t object;
  uint32_t other;
  uint16_t name;
  uint16_t second;
  uint64_t offset;
  uint64_t data;
} record_head;
