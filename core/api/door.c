/* door: see door.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/door.h"

base_code api_door_view(api_door *door, store *records, store_view **view, base_error *error) {
  if (door->view != NULL && !store_view_newest(door->view)) api_door_rest(door);
  if (door->view == NULL) BASE_TRY(store_view_open(records, &door->view, error));
  *view = door->view;
  return BASE_OK;
}

void api_door_rest(api_door *door) {
  if (door->view != NULL) store_view_close(door->view);
  door->view = NULL;
}

void api_door_fini(api_door *door) {
  api_door_rest(door);
  base_arena_pool_fini(&door->arenas);
}
