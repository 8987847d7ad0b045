/* options: what stands behind a subcommand's name, taken apart by the subcommand's own table.
 *
 *   --name VALUE, --name=VALUE, --flag; -o VALUE is --output VALUE; "--" ends the options;
 *   everything else is a word.
 *
 * Memory:  values point into argv and live as long as the process.
 * Threads: the main thread only.
 * Fails:   INVALID_ARGUMENT naming the option, with "did you mean". */
#pragma once

#include "base/error.h"

#define SERVER_OPTIONS_MAX 16
#define SERVER_WORDS_MAX 2

typedef struct server_option {
  const char *name;  /* without its dashes; NULL ends a table */
  const char *value; /* what the help calls its value: "DIR"; NULL: a flag */
  const char *zh;    /* one line for the help */
  const char *en;
} server_option;

typedef struct server_options {
  const server_option *table;
  const char *values[SERVER_OPTIONS_MAX]; /* by place in the table; "" for a flag that is given */
  size_t word_count;
  const char *words[SERVER_WORDS_MAX];
  bool help; /* --help or -h was given; nothing else was checked */
} server_options;

/* Takes the `count` arguments apart. Between `least` and `most` words must be among them. */
base_code server_options_parse(const server_option *table, size_t least, size_t most, int count,
                               char *const *arguments, server_options *options, base_error *error);

/* The value given, or NULL: also where the table has no such option. */
const char *server_options_get(const server_options *options, const char *name);

/* The data directory: --data, else HAOKE_DATA, else "./data". */
const char *server_options_data(const server_options *options);
