/* door: what a door (the socket, for one) keeps for the requests of its thread: arenas for the next
 * ones, and the view that reads share which run on that thread.
 *
 * A read has to see what was acknowledged to anybody before it came. So the view is looked at by the next
 * read only while it is the newest there is; what was acknowledged was committed before.
 *
 * Memory:  zeroed it is empty. The view keeps old pages alive: the door says when its turn is over.
 * Threads: the door's.
 * Fails:   UNAVAILABLE when too many views are open. */
#pragma once

#include "model/model.h"

typedef struct api_door {
  base_arena_pool arenas;
  store_view *view; /* of this turn's reads; NULL: none was opened yet */
} api_door;

/* The newest view, the door's until the turn is over. */
base_code api_door_view(api_door *door, store *records, store_view **view, base_error *error);

/* The turn is over. */
void api_door_rest(api_door *door);

/* When all its requests are freed. */
void api_door_fini(api_door *door);
