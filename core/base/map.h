/* map: text keys to pointers, in order of insertion.
 * Memory:  the map copies its keys and never owns the values.
 * Threads: any number of readers once nobody writes; else one at a time.
 * Fails:   never; see arena.h. */
#pragma once

#include "base/slice.h"

typedef struct base_map base_map;

base_map *base_map_new(void);
void base_map_free(base_map *map);

size_t base_map_count(const base_map *map);
void *base_map_get(const base_map *map, base_slice key);

/* Stores value under key; returns the value that was there before, or NULL. */
void *base_map_put(base_map *map, base_slice key, void *value);
void *base_map_remove(base_map *map, base_slice key);

/* Calls visit for each pair in order of insertion, until it returns false. */
void base_map_each(const base_map *map, bool (*visit)(base_slice key, void *value, void *self),
                   void *self);

/* The key of the map nearest to `word` ("did you mean"): at most a third of the word's bytes are
 * edited, the first put wins among equals; an empty slice when there is none. */
base_slice base_map_nearest(const base_map *map, base_slice word);

/* Edit distance of two words (insert, delete, replace, swap), at most `limit` + 1.
 * Words over 128 bytes are far from all but themselves. */
size_t base_map_distance(base_slice a, base_slice b, size_t limit);
