/* erase_past: which changes of the journal were the person's when they were made. A record may have belonged to
 * another before or since (a contact that moved): what was written of it then is the other's and stays.
 *
 *   a record  each put is the person's or not, as it belonged then; of one that is the person's now, all are
 *   a row     from its put to its delete it says one thing; it is the person's when it was so all that time. A row
 *             that outlived the move is the other's, or the tables could not be made anew from the journal
 *
 * An entry is told in this order: deletes of rows, puts of records, puts of rows.
 *
 * Memory:  its own, for each change that is the person's.  Threads: one per past.  Fails: never. */
#pragma once

#include "store/store.h"

typedef struct api_erase_past api_erase_past;

/* What of a change is the person's. */
typedef enum api_erase_part {
  API_ERASE_NONE,
  API_ERASE_VALUE, /* the row's key is another's by now */
  API_ERASE_WHOLE
} api_erase_part;

api_erase_past *api_erase_past_new(void);
void api_erase_past_free(api_erase_past *past);

/* --- records, by their key --- */

/* The record is the person's now. */
void api_erase_past_own(api_erase_past *past, base_slice record);

/* Whether it ever was, how many were, and whether it was so at the entry that is being told. */
bool api_erase_past_has(const api_erase_past *past, base_slice record);
size_t api_erase_past_count(const api_erase_past *past);
bool api_erase_past_is(const api_erase_past *past, base_slice record);

/* --- the journal is told --- */

/* The put of a record in that entry; `hers`: it belongs to the person by what is put. */
void api_erase_past_put(api_erase_past *past, uint64_t sequence, const store_change *put,
                        bool hers);

/* A row of the index, unique or text table; `record`: whose it is, empty when only its put tells. */
void api_erase_past_delete_row(api_erase_past *past, uint64_t sequence, const store_change *row,
                               base_slice record);
void api_erase_past_put_row(api_erase_past *past, uint64_t sequence, const store_change *row,
                            base_slice record);

/* All is told; the set shows the tables as they are now. */
void api_erase_past_end(api_erase_past *past, store_change_set *set);

/* --- the answer --- */

api_erase_part api_erase_past_part(api_erase_past *past, uint64_t sequence,
                                   const store_change *change, base_slice record);
