/* text: see text.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "text.h"

#include <stdlib.h>

void text_append(text *self, const char *data, size_t size) {
  if (size == 0) return;
  if (self->size + size > self->capacity) {
    self->capacity = 2 * self->capacity + size + 64;
    self->data = realloc(self->data, self->capacity);
    if (self->data == NULL) abort();
  }
  memcpy(self->data + self->size, data, size);
  self->size += size;
}

void text_append_string(text *self, const char *string) {
  text_append(self, string, strlen(string));
}

void text_append_base64(text *self, crm_slice bytes) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size; i += 3) {
    uint32_t three = 0;
    size_t there = bytes.size - i < 3 ? bytes.size - i : 3;
    for (size_t k = 0; k < 3; k++) {
      three = three << 8 | (k < there ? (unsigned char)bytes.data[i + k] : 0u);
    }
    for (size_t k = 0; k < 4; k++) {
      text_append(self, k <= there ? &letters[three >> (18 - 6 * k) & 63] : "=", 1);
    }
  }
}

void text_free(text *self) {
  free(self->data);
  *self = (text){0};
}
