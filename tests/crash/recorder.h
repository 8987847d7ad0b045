/* recorder: what its files share.
 *
 * Memory:  static.  Threads: any.
 * Fails:   abort with the call's name when what it concerns is below the recorded directory. */
#pragma once

#define VISIBLE __attribute__((visibility("default")))

void recorder_refuse_file(int descriptor, const char *call);
void recorder_refuse_name(int folder, const char *path, const char *call);

/* Whatever it concerns, while anything is recorded. */
void recorder_refuse(const char *call);
