/* commands: what begins with a backslash. See shell.h. */
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/listing.h"
#include "server/message.h"
#include "server/shell/shell.h"

#define WATCH_SECONDS 2
#define WATCH_SECONDS_MAX 3600

typedef struct command {
  const char *name;
  const char *zh;
  const char *en;
  base_code (*run)(server_shell *shell, const char *words, base_error *error);
} command;

static base_code run_help(server_shell *shell, const char *words, base_error *error);

static base_code run_ops(server_shell *shell, const char *words, base_error *error) {
  (void)words;
  (void)error;
  server_listing_ops(shell->ops);
  return BASE_OK;
}

static base_code run_types(server_shell *shell, const char *words, base_error *error) {
  (void)words;
  (void)error;
  server_listing_types(shell->types);
  return BASE_OK;
}

static base_code run_describe(server_shell *shell, const char *words, base_error *error) {
  base_slice op;
  if (!server_shell_op(shell, base_slice_text(words), &op)) {
    return base_error_set(error, BASE_UNKNOWN_METHOD, NULL, "没有操作 “%s”；\\ops 列出全部",
                          "there is no op “%s”; \\ops lists all", words);
  }
  server_listing_op(op);
  return BASE_OK;
}

static base_code run_json(server_shell *shell, const char *words, base_error *error) {
  (void)words;
  (void)error;
  shell->json = !shell->json;
  server_message_write(stdout, "结果显示为%s", "results are shown as %s",
                       shell->json ? "JSON" : server_message_choose("表格", "tables"));
  return BASE_OK;
}

static base_code run_quit(server_shell *shell, const char *words, base_error *error) {
  (void)words;
  (void)error;
  shell->done = true;
  return BASE_OK;
}

/* --- repeating ---------------------------------------------------------------------------------------- */

static base_code need_last(const server_shell *shell, base_error *error) {
  if (shell->last_op.size > 0) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "还没有可以重复的调用",
                        "there is no call yet that could be repeated");
}

static base_code repeat(server_shell *shell, base_error *error) {
  /* The call replaces what it repeats, so it works on copies. */
  base_buffer op = {0};
  base_buffer params = {0};
  base_buffer_append(&op, shell->last_op.data, shell->last_op.size);
  base_buffer_append(&params, shell->last_params.data, shell->last_params.size);
  base_code code =
      server_shell_call(shell, (const char *)op.data, base_buffer_slice(&params), error);
  base_buffer_fini(&op);
  base_buffer_fini(&params);
  return code;
}

static base_code run_next(server_shell *shell, const char *words, base_error *error) {
  (void)words;
  BASE_TRY(need_last(shell, error));
  if (shell->next.size == 0) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, NULL, "没有下一页了",
                          "there is no next page");
  }
  base_buffer patch = {0};
  base_buffer params = {0};
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, "after", base_buffer_slice(&shell->next));
  data_splice(base_buffer_slice(&shell->last_params), base_buffer_slice(&patch), &params);
  base_buffer_fini(&patch);
  base_buffer_fini(&shell->last_params);
  shell->last_params = params;
  return repeat(shell, error);
}

static base_code watch(server_shell *shell, long seconds, long times, base_error *error) {
  for (long i = 0; i < times; i++) {
    if (shell->terminal) (void)printf("\033[H\033[2J");
    BASE_TRY(repeat(shell, error));
    if (shell->terminal) {
      server_message_write(stdout, "每 %ld 秒刷新，按回车或 Ctrl-C 停止",
                           "every %ld s, Enter or Ctrl-C stops", seconds);
    }
    (void)fflush(stdout);
    if (i + 1 == times) break;
    if (!shell->terminal)
      (void)sleep((unsigned)seconds);
    else if (server_shell_wait(seconds))
      break;
  }
  return BASE_OK;
}

/* \watch [SECONDS] [TIMES]: from a pipe, TIMES says when it ends. */
static base_code run_watch(server_shell *shell, const char *words, base_error *error) {
  char *rest;
  long seconds = strtol(words, &rest, 10);
  long times = strtol(rest, NULL, 10);
  BASE_TRY(need_last(shell, error));
  if (seconds < 1 || seconds > WATCH_SECONDS_MAX) seconds = WATCH_SECONDS;
  if (times < 1) times = shell->terminal ? INT32_MAX : 1;
  if (!shell->terminal) return watch(shell, seconds, times, error);
  server_shell_hold_interrupt();
  base_code code = watch(shell, seconds, times, error);
  server_shell_release_interrupt();
  return code;
}

/* --- the table ------------------------------------------------------------------------------------------ */

static const command commands[] = {
    {"help", "显示这些说明", "show this", run_help},
    {"ops", "列出全部操作", "list all ops", run_ops},
    {"types", "列出全部类型", "list all types", run_types},
    {"describe OP", "说明一个操作", "explain an op", run_describe},
    {"json", "在表格与 JSON 之间切换", "switch between tables and JSON", run_json},
    {"next", "上一个列表的下一页", "the next page of the last list", run_next},
    {"watch [SECONDS] [TIMES]", "反复执行上一个调用", "repeat the last call", run_watch},
    {"quit", "退出", "leave", run_quit},
};

#define COUNT (sizeof commands / sizeof commands[0])

static base_code run_help(server_shell *shell, const char *words, base_error *error) {
  (void)shell;
  (void)words;
  (void)error;
  server_message_write(stdout,
                       "OP key=value …      调用操作，例：task.list owner=李静 limit=5\nOP {JSON}  "
                       "         参数写成 JSON",
                       "OP key=value …      call an op: task.list owner=李静 limit=5\nOP {JSON}    "
                       "       params as JSON");
  for (size_t i = 0; i < COUNT; i++) {
    (void)printf("\\%-18s %s\n", commands[i].name,
                 server_message_choose(commands[i].zh, commands[i].en));
  }
  return BASE_OK;
}

base_code server_shell_command(server_shell *shell, const char *line, base_error *error) {
  size_t size = strcspn(line + 1, " \t");
  const char *words = line + 1 + size;
  while (isspace((unsigned char)*words)) words++;
  for (size_t i = 0; i < COUNT; i++) {
    size_t name = strcspn(commands[i].name, " ");
    if (name == size && memcmp(commands[i].name, line + 1, size) == 0) {
      return commands[i].run(shell, words, error);
    }
  }
  return base_error_set(error, BASE_UNKNOWN_METHOD, NULL, "没有命令 %s；\\help 列出全部",
                        "there is no command %s; \\help lists all", line);
}
