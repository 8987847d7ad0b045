/* backup: a compact copy of the store and its journal, made while others write, verified, and only
 * then given its name: what is at the path is whole.
 *
 *   api_backup_copy → api_backup_verify → api_backup_name
 *
 * The copy is made at PATH.part. A copy that is there was left by a backup that did not end, and goes.
 *
 * Memory:  the caller owns the struct; `path` must outlive it.
 * Threads: any, one at a time; copying beside readers and the writer.
 * Fails:   INVALID_ARGUMENT ("path") when the path is taken or cannot be written, also when its disk
 *          is full; INTERNAL when the copy is not sound; UNAVAILABLE when too many reads are open. A
 *          step that fails leaves nothing behind. */
#pragma once

#include "api/job.h"
#include "api/verification.h"

typedef struct api_backup {
  const char *path; /* absolute, or as the process sees it */
  void (*progress)(uint64_t sequence, uint64_t last, void *self); /* of verifying; or NULL */
  void *self;
  store_info info; /* of the copy */
  int64_t records; /* that it has */
  int64_t bytes;   /* of its files */
} api_backup;

base_code api_backup_copy(api_backup *backup, store *from, base_error *error);
base_code api_backup_verify(api_backup *backup, base_error *error);

/* Has no effect when the copy has its name already. */
base_code api_backup_name(api_backup *backup, base_error *error);

/* Appends {path, sequence, epoch, at, bytes, records}. */
void api_backup_append(const api_backup *backup, base_buffer *out);

/* The job's kind. */
extern const api_job_kind api_jobs_backup[];
