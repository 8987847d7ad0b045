/* file: what a record says of a file. The bytes lie elsewhere, under their hash.
 *
 * Memory:  static.  Threads: any.  Fails: data_file_wrong names the part at fault. */
#pragma once

#include "data/field.h"

#define DATA_FILE_NAME_MAX 255 /* bytes, as file systems have it */
#define DATA_FILE_MEDIA_MAX 127
#define DATA_FILE_SIZE_MAX ((INT64_C(1) << 53) - 1)

/* sha256 (64 small hex digits), size (bytes), name, media ("image/jpeg"): all required. */
extern const data_field data_file_fields[];

/* What the fields cannot say: the name of the part whose text has not its form, or NULL. `map` has
 * passed data_file_fields. */
const char *data_file_wrong(base_slice map);
