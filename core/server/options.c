/* options: see options.h. */
#include "server/options.h"

#include <stdlib.h>

#include "base/map.h"

#define SHORT_OUTPUT "-o"

static size_t find_place(const server_option *table, base_slice name) {
  size_t place = 0;
  while (table[place].name != NULL && !base_slice_is(name, table[place].name)) place++;
  return place;
}

static base_code refuse_unknown(const server_option *table, base_slice name, base_error *error) {
  base_map *names = base_map_new();
  for (const server_option *option = table; option->name != NULL; option++) {
    (void)base_map_put(names, base_slice_text(option->name), (void *)(uintptr_t)option);
  }
  base_slice nearest = base_map_nearest(names, name);
  base_code code = nearest.size == 0
                       ? base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "没有选项 --%.*s",
                                        "there is no option --%.*s", BASE_SLICE_ARGS(name))
                       : base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                                        "没有选项 --%.*s，您是不是要 --%.*s？",
                                        "there is no option --%.*s; did you mean --%.*s?",
                                        BASE_SLICE_ARGS(name), BASE_SLICE_ARGS(nearest));
  base_map_free(names);
  return code;
}

/* Takes the option at arguments[*at], and its value when that stands in the next argument. */
static base_code take_option(server_options *options, int count, char *const *arguments, int *at,
                             base_error *error) {
  const char *text = strcmp(arguments[*at], SHORT_OUTPUT) == 0 ? "output" : arguments[*at] + 2;
  const char *equals = strchr(text, '=');
  base_slice name =
      equals == NULL ? base_slice_text(text) : base_slice_make(text, (size_t)(equals - text));
  size_t place = find_place(options->table, name);
  const server_option *option = &options->table[place];
  if (option->name == NULL) return refuse_unknown(options->table, name, error);
  if (options->values[place] != NULL) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "选项 --%s 给了两次",
                          "the option --%s is given twice", option->name);
  }
  if (option->value == NULL && equals != NULL) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "选项 --%s 不带值",
                          "the option --%s takes no value", option->name);
  }
  if (option->value != NULL && equals == NULL && *at + 1 == count) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "选项 --%s 后面缺少 %s",
                          "the option --%s needs its %s behind it", option->name, option->value);
  }
  if (option->value == NULL) {
    options->values[place] = "";
  } else {
    options->values[place] = equals == NULL ? arguments[++*at] : equals + 1;
  }
  return BASE_OK;
}

static base_code take_word(server_options *options, size_t most, const char *word,
                           base_error *error) {
  if (options->word_count == most || options->word_count == SERVER_WORDS_MAX) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "多余的参数“%s”",
                          "“%s” is one argument too many", word);
  }
  options->words[options->word_count++] = word;
  return BASE_OK;
}

static bool asks_for_help(int count, char *const *arguments) {
  for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
    if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) return true;
  }
  return false;
}

base_code server_options_parse(const server_option *table, size_t least, size_t most, int count,
                               char *const *arguments, server_options *options, base_error *error) {
  *options = (server_options){.table = table, .help = asks_for_help(count, arguments)};
  if (options->help) return BASE_OK;
  bool ended = false;
  for (int at = 0; at < count; at++) {
    if (!ended && strcmp(arguments[at], "--") == 0) {
      ended = true;
    } else if (!ended &&
               (strncmp(arguments[at], "--", 2) == 0 || strcmp(arguments[at], SHORT_OUTPUT) == 0)) {
      BASE_TRY(take_option(options, count, arguments, &at, error));
    } else {
      BASE_TRY(take_word(options, most, arguments[at], error));
    }
  }
  if (options->word_count < least) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "缺少参数", "an argument is missing");
  }
  return BASE_OK;
}

const char *server_options_get(const server_options *options, const char *name) {
  return options->values[find_place(options->table, base_slice_text(name))];
}

const char *server_options_data(const server_options *options) {
  const char *given = server_options_get(options, "data");
  if (given != NULL) return given;
  const char *environment = getenv("HAOKE_DATA");
  return environment != NULL && environment[0] != '\0' ? environment : "./data";
}
