#include "script/memory.h"

#include <stdlib.h>

void *script_memory_resize(void *memory, size_t old_size, size_t size) {
  if (size == 0) {
    free(memory);
    return NULL;
  }
  void *moved = realloc(memory, size);
  return moved == NULL && size <= old_size ? memory : moved;
}
