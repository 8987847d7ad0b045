/* configuration_fuzz: any bytes as a configuration file. What is refused is refused with a text; what is
 * taken, written out with its defaults and read again, is the same configuration. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "server/configuration.h"
#include "server/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "configuration_fuzz: %s\n", what);
  abort();
}

static void read_again(const server_configuration *first, base_arena *arena) {
  server_configuration second;
  base_error error = {.language = BASE_EN};
  base_buffer text = {0};
  server_json_append(data_peek(first->map), &text);
  base_code code =
      server_configuration_read(base_buffer_slice(&text), "again", arena, &second, &error);
  require(code == BASE_OK, error.message);
  require(base_slice_equal(first->map, second.map), "written out it is another configuration");
  base_buffer_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool begun;
  server_configuration configuration;
  base_error error = {.language = size % 2 == 0 ? BASE_ZH : BASE_EN};
  base_arena *arena = base_arena_new();
  if (!begun) (void)atexit(data_zone_fini);
  begun = true;
  base_slice text = base_arena_slice(arena, base_slice_make(data, size));
  base_code code = server_configuration_read(text, "haoke.json", arena, &configuration, &error);
  require(code == BASE_OK || error.message[0] != '\0', "refused without a word");
  require(code == error.code, "code and error disagree");
  if (code == BASE_OK) read_again(&configuration, arena);
  base_arena_free(arena);
  return 0;
}
