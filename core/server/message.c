/* message: the environment decides the language. See message.h. */
#include "server/message.h"

#include <stdarg.h>
#include <stdlib.h>

base_language server_message_language(void) {
  static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value == NULL || value[0] == '\0') continue;
    return strncmp(value, "zh", 2) == 0 ? BASE_ZH : BASE_EN;
  }
  return BASE_EN;
}

const char *server_message_language_name(base_language language) {
  return language == BASE_ZH ? "zh-CN" : "en";
}

const char *server_message_choose(const char *zh, const char *en) {
  return server_message_language() == BASE_ZH ? zh : en;
}

void server_message_write(FILE *to, const char *zh, const char *en, ...) {
  va_list arguments;
  va_start(arguments, en);
  (void)vfprintf(to, server_message_choose(zh, en), arguments);
  va_end(arguments);
  (void)fputc('\n', to);
}

base_error server_message_error(void) {
  return (base_error){.language = server_message_language()};
}

int server_message_fail(const base_error *error) {
  (void)fprintf(stderr, "%s: %s\n", base_code_name(error->code), error->message);
  return 1;
}
