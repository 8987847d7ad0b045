/* text: bytes that grow, and base64.
 *
 * Memory:  the text's own, from the first append to text_free; {0} is an empty one.
 * Threads: one at a time.
 * Fails:   never: without memory the process ends. */
#ifndef TEXT_H
#define TEXT_H

#include <crm/plugin.h>

typedef struct text {
  char *data; /* not ended by a NUL */
  size_t size;
  size_t capacity;
} text;

void text_append(text *self, const char *data, size_t size);
void text_append_string(text *self, const char *string);
void text_append_base64(text *self, crm_slice bytes);
void text_free(text *self);

#endif
