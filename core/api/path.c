/* path: see path.h. */
#include "api/path.h"

bool api_path_leads_out(base_slice path) {
  if (path.size == 0 || path.data[0] == '/') return true;
  for (size_t at = 0; at < path.size;) {
    const uint8_t *end = memchr(path.data + at, '/', path.size - at);
    size_t size = end == NULL ? path.size - at : (size_t)(end - path.data) - at;
    if (base_slice_is(base_slice_make(path.data + at, size), "..")) return true;
    at += size + 1;
  }
  return memchr(path.data, '\0', path.size) != NULL;
}

bool api_path_inside(const char *path, const char *folder) {
  size_t size = strlen(folder);
  return strncmp(path, folder, size) == 0 && (path[size] == '/' || strcmp(folder, "/") == 0);
}
