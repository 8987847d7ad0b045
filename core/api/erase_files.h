/* erase_files: which files go with a person: those that personal values of its records name, by their SHA-256,
 * unless something else that is there names them, too.
 *
 * Memory:  names live in the map.  Threads: one per map.  Fails: never. */
#pragma once

#include "base/map.h"
#include "model/model.h"

/* Adds what the personal fields of the record name. */
void api_erase_files_note(base_map *names, const model_type *type, base_slice record);

/* Takes away what the value names, wherever in it. */
void api_erase_files_keep(base_map *names, base_slice value);
