/* shell: connecting, reading and calling until the end. See shell.h. */
#include "server/shell/shell.h"

#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/command.h"
#include "server/connection.h"
#include "server/message.h"
#include "server/prompt.h"

static const uint8_t empty_map[] = {0x80};

bool server_shell_op(const server_shell *shell, base_slice name, base_slice *op) {
  data_walk walk = data_walk_begin(shell->ops);
  while (data_walk_next(&walk)) {
    if (!base_slice_equal(data_map_text(walk.value.raw, "name"), name)) continue;
    *op = walk.value.raw;
    return true;
  }
  return false;
}

bool server_shell_secret(const server_shell *shell, base_slice op) {
  base_slice described;
  data_value params = {0};
  if (!server_shell_op(shell, op, &described)) return false;
  (void)data_map_find(described, "params", &params);
  data_walk walk = data_walk_begin(params.raw);
  while (data_walk_next(&walk)) {
    if (data_map_boolean(walk.value.raw, "personal", false)) return true;
  }
  return false;
}

/* --- calling -------------------------------------------------------------------------------------------- */

static void keep_call(server_shell *shell, const char *op, base_slice params, base_slice result) {
  base_buffer_clear(&shell->last_op);
  base_buffer_append(&shell->last_op, op, strlen(op) + 1);
  base_buffer_clear(&shell->last_params);
  base_buffer_append(&shell->last_params, params.data, params.size);
  base_slice next = data_map_text(result, "next");
  base_buffer_clear(&shell->next);
  base_buffer_append(&shell->next, next.data, next.size);
}

base_code server_shell_call(server_shell *shell, const char *op, base_slice params,
                            base_error *error) {
  base_slice result;
  BASE_TRY(rpc_client_call(shell->client, op, params, &result, error));
  keep_call(shell, op, params, result);
  server_shell_show(shell, result);
  return BASE_OK;
}

/* A password is asked for without echo rather than typed into the line. */
static base_code ask_password(const server_shell *shell, base_slice op, base_buffer *params,
                              base_error *error) {
  base_slice described;
  data_value fields = {0};
  data_value given;
  char password[SERVER_PROMPT_MAX];
  if (!server_shell_op(shell, op, &described)) return BASE_OK;
  (void)data_map_find(described, "params", &fields);
  bool wants = false;
  data_walk walk = data_walk_begin(fields.raw);
  while (data_walk_next(&walk)) {
    wants = wants || base_slice_is(data_map_text(walk.value.raw, "name"), "password");
  }
  if (!wants || data_map_find(base_buffer_slice(params), "password", &given)) return BASE_OK;
  BASE_TRY(server_prompt_password("", password, error));
  base_buffer patch = {0};
  base_buffer whole = {0};
  data_append_map(&patch, 1);
  data_append_pair_text(&patch, "password", password);
  data_splice(base_buffer_slice(params), base_buffer_slice(&patch), &whole);
  explicit_bzero(password, sizeof password);
  explicit_bzero(patch.data, patch.size);
  base_buffer_fini(&patch);
  base_buffer_fini(params);
  *params = whole;
  return BASE_OK;
}

static base_code call_line(server_shell *shell, const char *line, base_error *error) {
  base_slice op;
  base_buffer params = {0};
  base_buffer name = {0};
  base_code code = server_shell_read(base_slice_text(line), &op, &params, error);
  if (code == BASE_OK) code = ask_password(shell, op, &params, error);
  base_buffer_append(&name, op.data, op.size);
  base_buffer_byte(&name, '\0');
  if (code == BASE_OK) {
    code = server_shell_call(shell, (const char *)name.data, base_buffer_slice(&params), error);
  }
  base_buffer_fini(&params);
  base_buffer_fini(&name);
  return code;
}

static base_slice op_of(const char *line) {
  line += strspn(line, " \t");
  return base_slice_make(line, strcspn(line, " \t"));
}

/* Returns the code of the line; UNAVAILABLE ends the shell, because the connection is gone. */
static base_code run_line(server_shell *shell, const char *line) {
  base_error error = server_message_error();
  line += strspn(line, " \t");
  if (*line == '\0') return BASE_OK;
  if (!server_shell_secret(shell, op_of(line))) server_shell_remember(shell, line);
  base_code code =
      *line == '\\' ? server_shell_command(shell, line, &error) : call_line(shell, line, &error);
  if (code == BASE_OK) return code;
  (void)server_message_fail(&error);
  shell->done = shell->done || code == BASE_UNAVAILABLE;
  return code;
}

/* --- from start to end ------------------------------------------------------------------------------------ */

static base_code learn(server_shell *shell, base_error *error) {
  base_slice answer;
  data_value list = {0};
  base_slice none = base_slice_make(empty_map, sizeof empty_map);
  BASE_TRY(rpc_client_call(shell->client, "session.whoami", none, &answer, error));
  BASE_TRY(data_zone_find(data_map_text(answer, "timezone"), &shell->zone, error));
  BASE_TRY(rpc_client_call(shell->client, "api.describe", none, &answer, error));
  base_buffer_append(&shell->described, answer.data, answer.size);
  base_slice described = base_buffer_slice(&shell->described);
  (void)data_map_find(described, "ops", &list);
  shell->ops = list.raw;
  (void)data_map_find(described, "types", &list);
  shell->types = list.raw;
  return BASE_OK;
}

static int read_lines(server_shell *shell) {
  int status = 0;
  char *line;
  server_shell_edit(shell);
  if (shell->terminal) {
    server_message_write(stdout, "好客。\\help 显示说明，Tab 补全，Ctrl-D 退出。",
                         "Haoke. \\help explains, Tab completes, Ctrl-D leaves.");
  }
  while (!shell->done && (line = server_shell_line(shell)) != NULL) {
    if (run_line(shell, line) != BASE_OK) status = 1;
    free(line);
    (void)fflush(stdout);
  }
  /* On a terminal a mistyped line was corrected by the next; in a script it is the script's failure. */
  return shell->terminal ? 0 : status;
}

static void end(server_shell *shell) {
  rpc_client_close(shell->client);
  base_buffer_fini(&shell->described);
  base_buffer_fini(&shell->last_op);
  base_buffer_fini(&shell->last_params);
  base_buffer_fini(&shell->next);
}

static int run(const server_options *options) {
  base_error error = server_message_error();
  server_shell shell = {.json = server_options_get(options, "json") != NULL,
                        .terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
  (void)setlocale(LC_CTYPE, "");
  if (server_connection_open(options, &shell.client, &error) != BASE_OK) {
    return server_message_fail(&error);
  }
  int status = learn(&shell, &error) == BASE_OK ? read_lines(&shell) : server_message_fail(&error);
  end(&shell);
  return status;
}

static const server_option options_table[] = {
    SERVER_CONNECTION_OPTIONS, {"json", NULL, "结果打印为 JSON", "print results as JSON"}, {0}};

const server_command server_command_shell = {
    .name = "shell",
    .usage = "[--data DIR | --connect HOST:PORT --user NAME] [--json]",
    .zh = "交互式地调用操作",
    .en = "call ops by hand",
    .about_zh =
        "逐行调用运行中服务器的操作，带补全、表格和历史；从管道读入时逐行执行。\n"
        "历史保存在 ~/.haoke_history（HAOKE_HISTORY 可改，为空则不保存），不含密码。\n"
        "数据：只做每个操作说的事。",
    .about_en =
        "Calls ops of a running server line by line, with completion, tables and history; lines "
        "from\n"
        "a pipe are run one after the other. History is kept in ~/.haoke_history (HAOKE_HISTORY\n"
        "names another file, empty none), without passwords.\n"
        "Data: does what each op says.",
    .options = options_table,
    .run = run};
