/* command: the subcommands of `haoke`, one row each; a row is defined in the file of its name.
 *
 * Memory:  static tables.  Threads: the main thread only.
 * Fails:   a command's run returns the exit status: 0 done, 1 refused or failed with "CODE: text"
 *          on standard error. Wrong usage ends with 2 before run is called. */
#pragma once

#include "server/options.h"

typedef struct server_command {
  const char *name;
  const char *usage; /* what follows the name */
  const char *zh;    /* one line */
  const char *en;
  const char *about_zh; /* the help: what it does, and what it does to data */
  const char *about_en;
  const server_option *options; /* ends with a NULL name */
  size_t least_words;
  size_t most_words;
  int (*run)(const server_options *options);
} server_command;

extern const server_command server_command_backup;
extern const server_command server_command_call;
extern const server_command server_command_check_config;
extern const server_command server_command_describe;
extern const server_command server_command_export;
extern const server_command server_command_import;
extern const server_command server_command_package;
extern const server_command server_command_plugin;
extern const server_command server_command_restore;
extern const server_command server_command_serve;
extern const server_command server_command_shell;
extern const server_command server_command_simulate;
extern const server_command server_command_test;
extern const server_command server_command_top;
extern const server_command server_command_verify;

/* Finds the subcommand named by arguments[1], takes its options apart and runs it. */
int server_command_run(int count, char *const *arguments);
