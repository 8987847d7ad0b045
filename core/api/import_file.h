/* import_file: an import whose file lies on the server, below import.directory: the long lane reads it
 * and calls import.data. Inside the room only.
 *
 * Memory:  a chunk at a time.  Threads: the long lane.
 * Fails:   INVALID_ARGUMENT for what lies outside the folder or is no file, NOT_FOUND. */
#pragma once

#include "api/job.h"

base_code api_import_file_step(const api_job *job, bool *done, base_buffer *result);
