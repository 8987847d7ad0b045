/* fault: makes one call of the recorded process fail.
 *
 *   HAOKE_FAULT=CALL:COUNT:ERRNO    the COUNTth CALL on a file below the recorded directory fails
 *                                   CALL: write, sync or allocate; ERRNO: EIO or ENOSPC
 *
 * Memory: static.  Threads: under the recorder's lock.  Fails: ends the process when the variable is
 * not of that form. */
#pragma once

typedef enum fault_call { FAULT_WRITE, FAULT_SYNC, FAULT_ALLOCATE } fault_call;

/* 0, or the errno with which this call must fail. */
int fault_of(fault_call call);
