/* instants: see instants.h. */
#include "server/instants.h"

#include <stdio.h>
#include <stdlib.h>

#define STANDARD_ZONE "Asia/Shanghai"

void server_instant_format(int64_t instant, char out[SERVER_INSTANT_MAX]) {
  const data_zone *zone = NULL;
  char text[DATA_INSTANT_SIZE];
  base_error ignored = {0};
  if (data_zone_find(base_slice_text(STANDARD_ZONE), &zone, &ignored) == BASE_OK) {
    data_instant_format(zone, instant, text);
    (void)snprintf(out, SERVER_INSTANT_MAX, "%s", text);
  } else {
    (void)snprintf(out, SERVER_INSTANT_MAX, "%lld", (long long)instant);
  }
}

static data_value value_of(const char *text, base_buffer *scratch) {
  size_t sign = text[0] == '-' ? 1 : 0;
  size_t digits = strspn(text + sign, "0123456789");
  if (digits > 0 && digits < 18 && text[sign + digits] == '\0') {
    data_append_integer(scratch, strtoll(text, NULL, 10));
  } else {
    data_append_text(scratch, text);
  }
  return data_peek(base_buffer_slice(scratch));
}

base_code server_instant_parse(const data_zone *zone, const char *text, const char *field,
                               int64_t *instant, base_error *error) {
  base_buffer scratch = {0};
  base_code code = data_instant_parse(zone, value_of(text, &scratch), field, instant, error);
  base_buffer_fini(&scratch);
  return code;
}
