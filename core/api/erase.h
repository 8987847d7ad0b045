/* erase: a person is erased: the values of all fields marked personal, of the person's record and of those that
 * belong to it, from the tables, the journal and its archive. See docs/security.md.
 *
 * To a record belong those that were merged into it, records of other types with a reference field of the name
 * of its type that means it (contact.customer), and deliveries about any of these.
 *
 *   blank    files that the records name go (erase_files.h), then the records lose the values, by the internal op
 *            person.erased
 *   rewrite  the same for what the journal has of them (store_erase); when somebody has written into one of the
 *            records meanwhile, all begins again
 *
 * Each can be done again: a job that was interrupted begins its step anew.
 *
 * Memory:  the list of what belongs to the person, while a step runs.
 * Threads: the long lane.
 * Fails:   into the job. */
#pragma once

#include "api/job.h"

extern const api_job_kind api_jobs_erase[];

/* Blanks the records in `records`, an array of {type, id}, those that hold anything personal. */
base_code api_erase_blank(crm_ctx *ctx, base_slice records, int64_t *blanked);

/* Empties the answers of those keys of the idempotency table, an array. */
base_code api_erase_answers(crm_ctx *ctx, base_slice keys);
